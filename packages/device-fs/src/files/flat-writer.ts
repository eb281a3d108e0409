import type { AskOptions, Board } from '../board.ts';
import { DeviceError } from '../errors.ts';
import { asFileSystemError } from '../python/errno.ts';
import { bytesLiteral, stringLiteral } from '../python/literal.ts';
import { adler } from '../python/sealed.ts';
import type { UploadEvents, UploadFile } from './uploader.ts';

/** Such boards have a few kilobytes of heap. */
const pieceBytes = 128;

/** So often a file is written whose bytes come back as others: a micro:bit's file system may do that once. */
const tries = 3;

/**
 * Writes files to a board whose firmware can neither rename nor append (a micro:bit): straight under the real name, piece by
 * piece into a file that stays open, read back at the end. A write that is cut leaves a part of the file.
 */
export class FlatWriter {
  readonly #board: Board;
  readonly #ask: AskOptions;
  readonly #events: UploadEvents;

  constructor(board: Board, ask: AskOptions, events: UploadEvents = {}) {
    this.#board = board;
    this.#ask = ask;
    this.#events = events;
  }

  makeDirectory(path: string): never {
    throw new DeviceError('DEVICE_UNSUPPORTED', `this firmware has no directories: '${path}' cannot be made`);
  }

  async add({ target, content }: UploadFile): Promise<void> {
    const name = stringLiteral(target);
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    const all = Buffer.concat(pieces);
    try {
      for (let attempt = 1; !(await this.#write(name, all)); attempt++) {
        if (attempt === tries) {
          throw new DeviceError(
            'DEVICE_VERIFY',
            `the flash gives back other bytes than were written, '${target}', ${tries} times over: it may be worn out`,
          );
        }
      }
    } catch (error) {
      throw asFileSystemError(error, 'write', target);
    }
    if (all.length > 0) this.#events.onBytes?.(all.length, target);
    this.#events.onFile?.(target);
  }

  /** @returns whether the flash gives back what was written. */
  async #write(name: string, all: Buffer): Promise<boolean> {
    await this.#board.ask(`_f=open(${name},'wb')`, this.#ask);
    for (let at = 0; at < all.length; at += pieceBytes) {
      const literal = bytesLiteral(all.subarray(at, at + pieceBytes), 'ascii').toString('latin1');
      await this.#board.ask(`_f.write(${literal})`, this.#ask);
    }
    const [sum] = await this.#board.ask(`_f.close()\n${sumOf(name)}`, this.#ask);
    return sum === adler(all);
  }

  async flush(): Promise<void> {
    // nothing is held back
  }
}

/** Python that reports the checksum of a file where there is no hashlib. */
export function sumOf(name: string): string {
  return `a=1
b=0
f=open(${name},'rb')
while 1:
 d=f.read(64)
 if not d:break
 for c in d:a=(a+c)%65521;b=(b+a)%65521
f.close()
e(b*65536+a)`;
}
