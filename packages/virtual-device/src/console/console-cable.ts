import { Duplex } from 'node:stream';
import { ConsoleError } from './console-error.ts';
import type { ConsolePort } from './console-port.ts';
import { Lane } from './lane.ts';
import { LinkFaults } from './link-faults.ts';
import { checkLink, type CableStats, type LinkDirection, type LinkModel } from './link-model.ts';

/** As much as a host's serial driver takes before a writer has to wait, so that the wire never idles between writes. */
const driverBufferBytes = 4096;

/** As much of the node's output waits for the wire before the node has to: what an ESP32's UART holds. */
const transmitFifoBytes = 128;

/** The least that a full receive buffer's worth of lateness is cut into; a fraction of the 259 bytes of an ESP32. */
const portionBytes = 64;

/**
 * A cable between a host and a node's console. What is written reaches the node and what the node writes can be read,
 * after the time that the link takes. `destroy()` unplugs it; what is on its way then never arrives.
 */
export class ConsoleCable extends Duplex {
  readonly #toNode: Lane;
  readonly #fromNode: Lane;
  readonly #faults: Record<LinkDirection, LinkFaults> | undefined;
  readonly #stopListening: () => void;
  #bytesToNode = 0;
  #bytesFromNode = 0;
  #overflowed = 0;
  #turnArounds = 0;
  #lastHeard: LinkDirection = 'fromNode';
  #release: (() => void) | undefined = undefined;
  #writeDone: ((error: Error) => void) | undefined = undefined;

  constructor(port: ConsolePort, link: LinkModel) {
    super();
    checkLink(link);
    const { baud, latencyMs = 0, tickMs = 0, receiveBuffer, loss } = link;
    const capacity = receiveBuffer === undefined ? undefined : receiveBuffer - 1;
    const byteMs = baud === undefined ? 0 : 10_000 / baud;
    const stepMs = capacity === undefined ? Infinity : Math.max(2, portionBytes * byteMs);
    this.#faults = loss && {
      toNode: new LinkFaults('toNode', loss),
      fromNode: new LinkFaults('fromNode', loss),
    };
    this.#toNode = new Lane({
      ...{ byteMs, latencyMs, tickMs, stepMs },
      deliver: (bytes) => {
        const arrived = this.#faults?.toNode.pass(bytes) ?? bytes;
        this.#overflowed += arrived.length - port.receive(arrived, capacity);
      },
    });
    this.#fromNode = new Lane({
      ...{ byteMs, latencyMs, tickMs: 0, stepMs: Infinity },
      deliver: (bytes) => {
        this.#lastHeard = 'fromNode';
        const arrived = this.#faults?.fromNode.pass(bytes) ?? bytes;
        if (arrived.length > 0) this.push(Buffer.from(arrived));
      },
    });
    this.#stopListening = port.onOutput((bytes) => {
      this.#bytesFromNode += bytes.length;
      this.#fromNode.push(bytes);
      this.#holdNode(port);
    });
  }

  #holdNode(port: ConsolePort): void {
    if (this.#release) return;
    const release = port.hold?.();
    if (!release) return;
    this.#release = release;
    this.#fromNode.whenBacklogIs(transmitFifoBytes, () => {
      this.#release = undefined;
      release();
    });
  }

  /** A copy of the counters as they are now. */
  get stats(): CableStats {
    const dropped = this.#faults ? this.#faults.toNode.dropped + this.#faults.fromNode.dropped : 0;
    return {
      bytesToNode: this.#bytesToNode,
      bytesFromNode: this.#bytesFromNode,
      lostBytes: this.#overflowed + dropped,
      turnArounds: this.#turnArounds,
    };
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#lastHeard === 'fromNode') this.#turnArounds += 1;
    this.#lastHeard = 'toNode';
    this.#bytesToNode += chunk.length;
    this.#toNode.push(chunk);
    this.#writeDone = done;
    this.#toNode.whenBacklogIs(driverBufferBytes, () => {
      this.#writeDone = undefined;
      done();
    });
  }

  /** @internal */
  override _final(done: () => void): void {
    this.#toNode.whenEmpty(done);
  }

  /** A console cannot be asked to wait: what is not read is kept. */
  override _read(): void {
    return;
  }

  /** @internal */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopListening();
    this.#release?.();
    this.#toNode.stop();
    this.#fromNode.stop();
    // A stream that is destroyed answers those who wait in its queue, not the one whose turn it is.
    this.#writeDone?.(
      error ?? new ConsoleError('CONSOLE_UNPLUGGED', 'the cable was unplugged while it was sending'),
    );
    done(error);
  }
}

/**
 * Plugs a cable into a node's console. Without a link model bytes get through at once, all of them.
 *
 * @throws TypeError if the link model has a value that means nothing.
 */
export function plugIn(port: ConsolePort, link: LinkModel = {}): ConsoleCable {
  return new ConsoleCable(port, link);
}
