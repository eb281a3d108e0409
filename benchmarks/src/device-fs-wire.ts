import type { ConsolePort } from '@ota/testbed';

/** A node's console that counts what passes. */
export class WireMeter implements ConsolePort {
  bytesToNode = 0;
  bytesFromNode = 0;
  /** How often the host spoke again after the node had. */
  turnArounds = 0;
  readonly #port: ConsolePort;
  #startedAt: number | undefined;
  #stoppedAt: number | undefined;
  #nodeSpoke = true;

  constructor(port: ConsolePort) {
    this.#port = port;
  }

  onOutput(listener: (bytes: Uint8Array) => void): () => void {
    return this.#port.onOutput((bytes) => {
      this.bytesFromNode += bytes.length;
      this.#nodeSpoke = true;
      listener(bytes);
    });
  }

  receive(bytes: Uint8Array, capacity?: number): number {
    this.#startedAt ??= performance.now();
    this.bytesToNode += bytes.length;
    if (this.#nodeSpoke) this.turnArounds += 1;
    this.#nodeSpoke = false;
    return this.#port.receive(bytes, capacity);
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
}
