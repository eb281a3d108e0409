import { setTimeout } from 'node:timers/promises';
import type { ConsolePort } from '@ota/testbed';

const settledMs = 300;

/** A node's console that counts what passes. */
export class WireMeter implements ConsolePort {
  bytesToNode = 0;
  bytesFromNode = 0;
  /** How often the host spoke again after the node had. */
  turnArounds = 0;
  readonly #port: ConsolePort;
  readonly #losesNothing: boolean;
  #startedAt: number | undefined;
  #stoppedAt: number | undefined;
  #lastAt: number | undefined;
  #nodeSpoke = true;

  /**
   * @param losesNothing - the receive buffer is never full. A tool without flow control counts on a board that reads in time,
   * which a thread of this machine does not always do.
   */
  constructor(port: ConsolePort, losesNothing: boolean) {
    this.#port = port;
    this.#losesNothing = losesNothing;
  }

  onOutput(listener: (bytes: Uint8Array) => void): () => void {
    return this.#port.onOutput((bytes) => {
      this.bytesFromNode += bytes.length;
      this.#lastAt = performance.now();
      this.#nodeSpoke = true;
      listener(bytes);
    });
  }

  /** Until nothing is on its way any more: a program's last bytes go out after its end. */
  async settled(): Promise<void> {
    const traffic = (): number => this.bytesToNode + this.bytesFromNode;
    for (let before = -1; before !== traffic();) {
      before = traffic();
      await setTimeout(settledMs);
    }
  }

  receive(bytes: Uint8Array, capacity?: number): number {
    this.#lastAt = performance.now();
    this.#startedAt ??= this.#lastAt;
    this.bytesToNode += bytes.length;
    if (this.#nodeSpoke) this.turnArounds += 1;
    this.#nodeSpoke = false;
    return this.#port.receive(bytes, this.#losesNothing ? undefined : capacity);
  }

  /** The command is over. */
  stop(): void {
    this.#stoppedAt = performance.now();
  }

  /** From the first byte to the end. */
  seconds(): number {
    const end = this.#stoppedAt ?? performance.now();
    return Number(((end - (this.#startedAt ?? end)) / 1000).toFixed(3));
  }

  /** From the first byte to the last, so that neither start nor end of a program count. */
  wireSeconds(): number {
    const end = this.#lastAt ?? 0;
    return Number(((end - (this.#startedAt ?? end)) / 1000).toFixed(3));
  }
}
