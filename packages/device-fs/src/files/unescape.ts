import { ReplError } from '../errors.ts';

const mark = 0x10;
const meanings = new Map<number, number>([
  [0x50, mark],
  [0x44, 0x04],
  [0x4e, 0x0e],
]);
const end = 0x45;

/** Undoes what `readRaw` of snippets.ts did, chunk by chunk. */
export class Unescape {
  #pending = false;
  #ended = false;
  /** What came behind the end of the content. */
  tail = '';

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws ReplError REPL_GARBLED for an escape that nobody sends. */
  push(bytes: Buffer): Buffer {
    const out = Buffer.allocUnsafe(bytes.length);
    let length = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#ended) {
        this.tail += bytes.subarray(at).toString('latin1');
        break;
      }
      if (this.#pending) {
        this.#pending = false;
        const meaning = meanings.get(byte);
        if (byte === end) this.#ended = true;
        else if (meaning !== undefined) out[length++] = meaning;
        else throw new ReplError('REPL_GARBLED', 'the file came damaged: bytes changed on the way');
      } else if (byte === mark) {
        this.#pending = true;
      } else {
        out[length++] = byte;
      }
    }
    return out.subarray(0, length);
  }
}
