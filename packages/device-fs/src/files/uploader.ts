import { createHash, type Hash } from 'node:crypto';
import { asGarbled, isPassing, limitsOf, type AskOptions, type Board } from '../board.ts';
import { PythonError } from '../errors.ts';
import type { Firmware } from '../firmware.ts';
import { asFileSystemError } from '../python/errno.ts';
import { contentNumber, sealed } from '../python/sealed.ts';
import type { RawExecOptions } from '../repl/raw-repl.ts';
import { bundleCall, packedLength, type BundleFormat, type Part } from './bundle.ts';
import { bundleHelper } from './helper.ts';
import { asVerifyError } from './verify.ts';

export interface UploadFile {
  /** On the board. */
  target: string;
  /** In pieces of any size. */
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface UploadEvents {
  /** More bytes are in the board's hands. */
  onBytes?: (count: number, target: string) => void;
  /** The file is on the flash, read back, under its name. */
  onFile?: (target: string) => void;
}

/** Limits of a bundle, by the board's free heap: the source, its literal and a decompressor's window live there at once. */
const memoryShare = 8;
/** Bytes of a bundle as it travels. */
const chunk = { least: 512, most: 16 * 1024 };
/** What deflate makes small leaves room for more: so often as much at most, for the sake of a step's time on a slow flash. */
const mostPlain = 4;
/** A bundle is not worth packing again for less room than this share. */
const worthwhileRoom = 0.15;
/** No more files than this in one go, so that a step does not take long on a slow flash. */
const mostFiles = 24;
/** So often a bundle is sent; where bytes beyond ASCII were changed twice, the rest goes without them. */
const tries = 4;
const binaryTries = 2;

/** Writes files to a board that can rename: several small ones for each call, large ones in several. */
export class Uploader {
  readonly #board: Board;
  readonly #firmware: Firmware;
  readonly #limits: RawExecOptions;
  readonly #events: UploadEvents;
  /** Of the heap, in bytes, for each of the things that live there at once. */
  #memoryBytes: number;
  /** The helper is on the board. */
  #installed = false;
  #directories: string[] = [];
  #parts: Part[] = [];
  #size = 0;
  /** So large may the parts become before it is looked at how they pack. */
  #limit: number;

  constructor(board: Board, firmware: Firmware, ask: AskOptions, events: UploadEvents = {}) {
    this.#board = board;
    this.#firmware = firmware;
    this.#limits = limitsOf(ask);
    this.#events = events;
    this.#memoryBytes = Math.floor(firmware.freeMemory / memoryShare);
    this.#limit = this.#chunkBytes;
  }

  get #chunkBytes(): number {
    return Math.min(chunk.most, Math.max(chunk.least, this.#memoryBytes));
  }

  /** To be made before the next file; no error where it is there. */
  makeDirectory(path: string): void {
    this.#directories.push(path);
  }

  async add(file: UploadFile): Promise<void> {
    const { target, content } = file;
    const hash = createHash('sha256');
    let offset = 0;
    for await (const piece of content) {
      hash.update(piece);
      for (let at = 0; at < piece.length;) {
        const room = this.#limit - this.#size;
        const data = piece.subarray(at, at + Math.max(1, room));
        at += data.length;
        await this.#push({ target, offset, data });
        offset += data.length;
      }
    }
    await this.#finish(hash, { target, offset, data: new Uint8Array() });
  }

  /** Sends what is left. */
  async flush(): Promise<void> {
    if (this.#parts.length === 0 && this.#directories.length === 0) return;
    const [directories, parts] = [this.#directories, this.#parts];
    [this.#directories, this.#parts, this.#size] = [[], [], 0];
    this.#limit = this.#chunkBytes;
    await this.#sendSmaller(directories, parts);
    for (const { data, target, digest } of parts) {
      if (data.length > 0) this.#events.onBytes?.(data.length, target);
      if (digest !== undefined) this.#events.onFile?.(target);
    }
  }

  async #finish(hash: Hash, rest: Part): Promise<void> {
    const digest = contentNumber(hash.digest());
    const last = this.#parts.at(-1);
    if (last?.target === rest.target && last.digest === undefined) last.digest = digest;
    else await this.#push({ ...rest, digest });
    const whole = this.#parts.filter((part) => part.digest !== undefined).length;
    if (whole >= mostFiles || this.#isFull()) await this.flush();
  }

  /** Asks for more where what there is packs well: the board holds the packed bytes only. */
  #isFull(): boolean {
    if (this.#size < this.#limit) return false;
    const room = this.#chunkBytes - packedLength(this.#parts, this.#format(false));
    this.#limit = Math.min(this.#chunkBytes * mostPlain, this.#size + Math.max(0, room));
    return this.#limit - this.#size < this.#chunkBytes * worthwhileRoom;
  }

  async #push(part: Part): Promise<void> {
    if (this.#isFull()) await this.flush();
    const last = this.#parts.at(-1);
    if (last && last.target === part.target && last.digest === undefined) {
      last.data = Buffer.concat([last.data, part.data]);
    } else {
      this.#parts.push(part);
    }
    this.#size += part.data.length;
  }

  /** A heap in pieces may have no room for what its free bytes promise: what did not fit goes in smaller bundles. */
  async #sendSmaller(directories: readonly string[], parts: readonly Part[], again = false): Promise<void> {
    try {
      await this.#sendTwice(directories, parts, again);
    } catch (error) {
      const isMemory = error instanceof PythonError && error.exception === 'MemoryError';
      const size = parts.reduce((sum, { data }) => sum + data.length, 0);
      if (!isMemory || size <= chunk.least) throw error;
      this.#memoryBytes = Math.floor(Math.min(size, this.#chunkBytes) / 2);
      this.#limit = this.#chunkBytes;
      let made = directories;
      for (const bundle of bundlesOf(parts, this.#chunkBytes)) {
        await this.#sendSmaller(made, bundle, true);
        made = [];
      }
    }
  }

  /** A bundle does no harm twice: pieces say where they go, and a file that has its name already is left. */
  async #sendTwice(directories: readonly string[], parts: readonly Part[], again: boolean): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const format = this.#format(again || attempt > 1);
      try {
        const call = bundleCall(directories, parts, format);
        await this.#run(
          this.#installed ? call : Buffer.concat([this.#helper(format), Buffer.from('\n'), call]),
        );
        this.#installed = true;
        return;
      } catch (error) {
        // The board was reset in between, or what is wrong was on its way: all is sent anew.
        this.#installed = false;
        const wrong = asGarbled(error);
        if (!(wrong || isPassing(error)) || attempt >= tries || performance.now() >= this.#limits.endsAt)
          throw wrong ?? explain(error, parts);
        if (wrong && attempt >= binaryTries) this.#board.refusesBinary = true;
      }
    }
  }

  async #run(code: Buffer): Promise<void> {
    await this.#board.run(code, this.#limits);
  }

  #helper({ style, windowBits }: BundleFormat): Buffer {
    return sealed(bundleHelper, { style, checksum: 'sha256', deflate: windowBits > 0 && style === 'binary' });
  }

  #format(again: boolean): BundleFormat {
    const { deflate, base64 } = this.#firmware;
    const bits = Math.floor(Math.log2(this.#memoryBytes));
    const { repl, refusesBinary } = this.#board;
    return {
      style: repl.canPaste === true && !refusesBinary ? 'binary' : 'ascii',
      base64,
      windowBits: deflate ? Math.max(9, Math.min(15, bits)) : 0,
      again,
    };
  }
}

/** The same pieces, so that no bundle has more than `most` bytes of contents. */
function bundlesOf(parts: readonly Part[], most: number): Part[][] {
  const bundles: Part[][] = [[]];
  let room = most;
  for (const { target, offset, data, digest } of parts) {
    let at = 0;
    do {
      if (room === 0) {
        bundles.push([]);
        room = most;
      }
      const piece = data.subarray(at, at + room);
      const isLast = at + piece.length === data.length;
      bundles.at(-1)?.push({ target, offset: offset + at, data: piece, digest: isLast ? digest : undefined });
      at += piece.length;
      room -= piece.length;
    } while (at < data.length);
  }
  return bundles;
}

function explain(error: unknown, parts: readonly Part[]): unknown {
  const names = [...new Set(parts.map(({ target }) => target))];
  const what =
    names.length > 1 ? `${names[0] ?? ''}' or one of the next ${names.length - 1}, '` : (names[0] ?? '');
  return asFileSystemError(asVerifyError(error, what), 'open', what);
}
