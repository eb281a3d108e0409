import { createHash, type Hash } from 'node:crypto';
import { posix } from 'node:path';
import { asGarbled, isPassing, type AskOptions, type Board } from '../board.ts';
import { DeviceError, PythonError } from '../errors.ts';
import type { Firmware } from '../firmware.ts';
import { asFileSystemError } from '../python/errno.ts';
import { bundleCall, type BundleFormat, type Part } from './bundle.ts';
import { joinDevice } from './device-path.ts';
import { bundleHelper, verifyMark } from './helper.ts';

/** The name under which files are collected, one in each directory. A stale one is from an upload that was cut. */
export const temporaryName = '.ota~';

export interface UploadFile {
  /** On the board. */
  target: string;
  /** In pieces of any size. */
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface UploadEvents {
  /** More bytes are in the board's hands. */
  onBytes?: (count: number) => void;
  /** The file is on the flash, read back, under its name. */
  onFile?: (target: string) => void;
}

/** Limits of a bundle, by the board's free heap: the source, its literal and a decompressor's window live there at once. */
const memoryShare = 8;
const chunk = { least: 512, most: 16 * 1024 };
/** No more files than this in one go, so that a step does not take long on a slow flash. */
const mostFiles = 24;
const tries = 3;

/** Every byte that may stand for itself in a literal, in a comment: where it arrives, binary literals do. */
const allRawBytes = Buffer.from(
  Array.from({ length: 256 }, (_, byte) => byte).filter(
    (byte) => ![0x00, 0x03, 0x04, 0x0a, 0x0d, 0x27, 0x5c].includes(byte),
  ),
);

/** Writes files to a board that can rename: several small ones for each call, large ones in several. */
export class Uploader {
  readonly #board: Board;
  readonly #firmware: Firmware;
  readonly #ask: AskOptions;
  readonly #events: UploadEvents;
  readonly #chunkBytes: number;
  #format: BundleFormat | undefined;
  #directories: string[] = [];
  #parts: Part[] = [];
  #size = 0;

  constructor(board: Board, firmware: Firmware, ask: AskOptions, events: UploadEvents = {}) {
    this.#board = board;
    this.#firmware = firmware;
    this.#ask = ask;
    this.#events = events;
    const share = Math.floor(firmware.freeMemory / memoryShare);
    this.#chunkBytes = Math.min(chunk.most, Math.max(chunk.least, share));
  }

  /** To be made before the next file; no error where it is there. */
  makeDirectory(path: string): void {
    this.#directories.push(path);
  }

  async add(file: UploadFile): Promise<void> {
    const { target, content } = file;
    const temporary = joinDevice(posix.dirname(target), temporaryName);
    const hash = createHash('sha256');
    let offset = 0;
    for await (const piece of content) {
      hash.update(piece);
      for (let at = 0; at < piece.length;) {
        const room = this.#chunkBytes - this.#size;
        const data = piece.subarray(at, at + Math.max(1, room));
        at += data.length;
        await this.#push({ temporary, target, offset, data });
        offset += data.length;
      }
    }
    await this.#finish(hash, { temporary, target, offset, data: new Uint8Array() });
  }

  /** Sends what is left. */
  async flush(): Promise<void> {
    if (this.#parts.length === 0 && this.#directories.length === 0) return;
    const [directories, parts] = [this.#directories, this.#parts];
    [this.#directories, this.#parts, this.#size] = [[], [], 0];
    await this.#sendTwice(directories, parts);
    for (const { data, target, digest } of parts) {
      this.#events.onBytes?.(data.length);
      if (digest) this.#events.onFile?.(target);
    }
  }

  async #finish(hash: Hash, rest: Part): Promise<void> {
    const digest = hash.digest().subarray(0, 8);
    const last = this.#parts.at(-1);
    if (last?.target === rest.target && last.digest === undefined) last.digest = digest;
    else await this.#push({ ...rest, digest });
    const whole = this.#parts.filter((part) => part.digest).length;
    if (this.#size >= this.#chunkBytes || whole >= mostFiles) await this.flush();
  }

  async #push(part: Part): Promise<void> {
    if (this.#size >= this.#chunkBytes) await this.flush();
    const last = this.#parts.at(-1);
    if (last && last.target === part.target && last.digest === undefined) {
      last.data = Buffer.concat([last.data, part.data]);
    } else {
      this.#parts.push(part);
    }
    this.#size += part.data.length;
  }

  /** A bundle does no harm twice: pieces say where they go. */
  async #sendTwice(directories: readonly string[], parts: readonly Part[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#format ??= await this.#install();
        await this.#run(bundleCall(directories, parts, this.#format));
        return;
      } catch (error) {
        const wrong = asGarbled(error);
        // The board was reset in between, or what is wrong was on its way: both ends start anew.
        if ((wrong || isPassing(error)) && attempt < tries) {
          this.#format = undefined;
          continue;
        }
        throw wrong ?? explain(error, parts);
      }
    }
  }

  async #run(code: Buffer): Promise<void> {
    const { idleMs = 20_000, timeoutMs = 60_000, signal } = this.#ask;
    await this.#board.run(code, { idleMs, timeoutMs, signal });
  }

  /** Brings the helper to the board, and sees by the same call whether bytes get there as they are. */
  async #install(): Promise<BundleFormat> {
    const { deflate, base64, freeMemory } = this.#firmware;
    const windowBits = deflate
      ? Math.max(9, Math.min(15, Math.floor(Math.log2(freeMemory / memoryShare))))
      : 0;
    if (this.#board.repl.canPaste !== false && !this.#board.refusesBinary) {
      try {
        const body = Buffer.concat([Buffer.from(`${bundleHelper}#`), allRawBytes]);
        await this.#board.ask(body, { ...this.#ask, repeatable: true, style: 'binary' });
        return { style: 'binary', base64, windowBits };
      } catch (error) {
        if (!(error instanceof DeviceError) && !isPassing(error)) throw error;
        this.#board.refusesBinary = true;
      }
    }
    await this.#board.ask(bundleHelper, { ...this.#ask, repeatable: true });
    return { style: 'ascii', base64, windowBits };
  }
}

function explain(error: unknown, parts: readonly Part[]): unknown {
  const names = [...new Set(parts.map(({ target }) => target))];
  const what =
    names.length > 1 ? `${names[0] ?? ''}' or one of the next ${names.length - 1}, '` : (names[0] ?? '');
  if (error instanceof PythonError && error.traceback.includes(verifyMark)) {
    return new DeviceError(
      'DEVICE_VERIFY',
      `the flash gives back other bytes than were written, '${what}': the old files are kept. The flash may be worn out`,
      { cause: error },
    );
  }
  return asFileSystemError(error, 'open', what);
}
