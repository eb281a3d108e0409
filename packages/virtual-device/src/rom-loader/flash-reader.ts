import { createHash } from 'node:crypto';
import type { NorFlash } from './nor-flash.ts';
import { wordAt } from './opcodes.ts';

/** The stub's READ_FLASH: frames of data with a window of acknowledgements, then a frame with the MD5 of it all. */
export class FlashReader {
  readonly #data: Uint8Array;
  readonly #blockSize: number;
  readonly #window: number;
  readonly #send: (packet: Uint8Array) => void;
  #sent = 0;
  #acknowledged = 0;
  #isDone = false;

  constructor(flash: NorFlash, request: Uint8Array, send: (packet: Uint8Array) => void) {
    const [address, length] = [wordAt(request, 0), wordAt(request, 1)];
    this.#data = flash.bytes.slice(address, address + length);
    this.#blockSize = Math.max(1, wordAt(request, 2));
    this.#window = Math.max(1, wordAt(request, 3)) * this.#blockSize;
    this.#send = send;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  start(): void {
    while (this.#sent < this.#data.length && this.#sent - this.#acknowledged < this.#window) {
      const block = this.#data.subarray(this.#sent, this.#sent + this.#blockSize);
      this.#sent += block.length;
      this.#send(block);
    }
  }

  /** @param received - how many bytes the host has in all. */
  acknowledge(received: number): void {
    if (this.#isDone) return;
    this.#acknowledged = received;
    if (received < this.#data.length) {
      this.start();
      return;
    }
    this.abort();
  }

  /** Ends it, with the digest as after a reading that went to its end. */
  abort(): void {
    this.#isDone = true;
    this.#send(createHash('md5').update(this.#data.subarray(0, this.#sent)).digest());
  }
}
