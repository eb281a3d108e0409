/** A file's bytes in memory; grows by doubling, so that many small writes stay cheap. */
export class GrowableBytes {
  #buffer: Buffer;
  #size: number;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes);
    this.#size = bytes.length;
  }

  get size(): number {
    return this.#size;
  }

  readAt(position: number, target: Uint8Array): number {
    const end = Math.min(this.#size, position + target.length);
    if (position >= end) return 0;
    target.set(this.#buffer.subarray(position, end));
    return end - position;
  }

  writeAt(position: number, bytes: Uint8Array): void {
    if (position + bytes.length > this.#size) this.resize(position + bytes.length);
    this.#buffer.set(bytes, position);
  }

  resize(size: number): void {
    if (size > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(size, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
    } else if (size > this.#size) {
      this.#buffer.fill(0, this.#size, size);
    }
    this.#size = size;
  }

  copy(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#size));
  }
}
