import type { ConsolePort } from '../../src/console/console-port.ts';

/** A node's UART without the node. It reads what it is sent at once unless told not to. */
export class FakePort implements ConsolePort {
  /** How many bytes came with each call. */
  readonly chunks: number[] = [];
  /** Off: what is taken stays in the receive buffer. */
  isReading = true;
  /** On: everything that is taken is sent back. */
  isEcho = false;
  readonly #taken: Uint8Array[] = [];
  #unread = 0;
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();

  /** Everything that was taken. */
  get received(): Buffer {
    return Buffer.concat(this.#taken);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  onOutput(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  receive(bytes: Uint8Array, capacity = Infinity): number {
    const taken = bytes.subarray(0, Math.max(0, Math.min(bytes.length, capacity - this.#unread)));
    this.#taken.push(Buffer.from(taken));
    this.chunks.push(taken.length);
    if (!this.isReading) this.#unread += taken.length;
    if (this.isEcho) this.send(Buffer.from(taken));
    return taken.length;
  }

  send(bytes: Uint8Array | string): void {
    const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    for (const listener of this.#listeners) listener(chunk);
  }
}

/** Bytes of every value, in turn. */
export function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => index % 256));
}
