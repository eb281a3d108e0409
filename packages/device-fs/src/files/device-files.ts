import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { limitsOf, type AskOptions, type Board } from '../board.ts';
import { DeviceError, FileSystemError, PythonError } from '../errors.ts';
import { askFirmware, type Firmware } from '../firmware.ts';
import { asFileSystemError } from '../python/errno.ts';
import { bytesLiteral } from '../python/literal.ts';
import type { PythonValue } from '../python/parse.ts';
import type { RawExecOptions } from '../repl/raw-repl.ts';
import { contentOf, type FileData } from './content.ts';
import { devicePath, joinDevice, parentsOf, requireBelow } from './device-path.ts';
import { readContent } from './read.ts';
import { snippets, type FileRange } from './snippets.ts';
import {
  directoryEntry,
  fileStats,
  spaceStats,
  type DirectoryEntry,
  type FileStats,
  type SpaceStats,
} from './stats.ts';
import { temporaryName } from './helper.ts';
import { asVerifyError } from './verify.ts';
import { writerFor } from './writer.ts';

/** What every file operation takes. */
export interface FileOptions {
  /** Milliseconds for all of it. @default 60 000; 600 000 for contents */
  timeoutMs?: number;
  /** Ends it; a file that was being written stays as it was. */
  signal?: AbortSignal;
}

/** An entry that `walk` found, with its path. */
export interface WalkEntry extends DirectoryEntry {
  /** From the directory that was asked for. */
  readonly path: string;
}

const contentMs = 600_000;
const appendBytes = 1024;
/** Of a stream: each costs a question. */
const pieceBytes = 16 * 1024;
const sourceName = 'the next piece of what is to be written';

/**
 * A board's files, with the names and the errors of Node's `fs.promises`: what the board refuses is a
 * {@link FileSystemError} with `code: 'ENOENT'` and so on.
 */
export class DeviceFiles {
  readonly #board: Board;
  #firmware: Firmware | undefined;

  constructor(board: Board) {
    this.#board = board;
  }

  /** The file as it is, checked by its hash. */
  async readFile(path: string, options: FileOptions = {}): Promise<Buffer> {
    devicePath(path);
    return this.#read(path, limitsOf({ timeoutMs: contentMs, ...options }));
  }

  /**
   * The file piece by piece, for what is larger than memory should hold: each piece is checked by its hash before it is handed
   * on. A file that is written meanwhile may come partly old and partly new.
   *
   * @returns a stream that ends with the errors of {@link readFile}.
   */
  createReadStream(path: string, options: FileOptions = {}): Readable {
    devicePath(path);
    const limits = limitsOf({ timeoutMs: contentMs, ...options });
    return Readable.from(this.#pieces(path, limits), { objectMode: false });
  }

  async *#pieces(path: string, limits: RawExecOptions): AsyncGenerator<Buffer> {
    if (await this.#isFlat(limits)) {
      yield await this.#read(path, limits);
      return;
    }
    for (let offset = 0, isMore = true; isMore; offset += pieceBytes) {
      const piece = await this.#read(path, limits, { offset, length: pieceBytes });
      if (piece.length > 0) yield piece;
      isMore = piece.length === pieceBytes;
    }
  }

  /**
   * Makes or replaces a file. It is collected under a temporary name, read back from the flash and compared, and only
   * then renamed: whoever reads sees the old file or the new one. Writes to a board wait for each other.
   *
   * @throws DeviceError DEVICE_VERIFY where the flash gives back other bytes.
   */
  async writeFile(path: string, data: FileData, options: FileOptions = {}): Promise<void> {
    devicePath(path);
    const limits = limitsOf({ timeoutMs: contentMs, ...options });
    await this.#board.writing(limits, () => this.#write(path, data, limits));
  }

  /**
   * Puts bytes behind what a file has, or makes one. Unlike {@link writeFile} not all or nothing. A board that can only write
   * from the start (a micro:bit) gets the whole file anew.
   */
  async appendFile(path: string, data: FileData, options: FileOptions = {}): Promise<void> {
    devicePath(path);
    const limits = limitsOf({ timeoutMs: contentMs, ...options });
    await this.#board.writing(limits, () => this.#append(path, data, limits, options));
  }

  async #append(path: string, data: FileData, limits: RawExecOptions, options: FileOptions): Promise<void> {
    const pieces = contentOf(data, { ...limits, what: sourceName });
    const isThere = await this.exists(path, options);
    if (await this.#isFlat(options)) {
      const all = isThere ? [await this.readFile(path, options)] : [];
      for await (const piece of pieces) all.push(Buffer.from(piece));
      await this.#write(path, Buffer.concat(all), limits);
      return;
    }
    let offset = isThere ? (await this.stat(path, options)).size : 0;
    for await (const piece of pieces) {
      for (let from = 0; from < piece.length; from += appendBytes) {
        const bytes = piece.subarray(from, from + appendBytes);
        const literal = bytesLiteral(bytes, 'ascii').toString('latin1');
        const at = offset;
        await this.#ask('open', path, () => snippets.append(this.#name(path), at, literal), options, true);
        offset += bytes.length;
      }
    }
    if (offset === 0) await this.#write(path, '', limits);
  }

  /** In the order of the names. */
  async readdir(path: string, options: FileOptions = {}): Promise<DirectoryEntry[]> {
    const values = await this.#ask('scandir', path, () => snippets.list(this.#name(path)), options, true);
    return values.map(directoryEntry).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Kind, size in bytes and time of a file or directory.
   *
   * @throws DeviceFsError with code `ENOENT` where there is none.
   */
  async stat(path: string, options: FileOptions = {}): Promise<FileStats> {
    const [tuple, year] = await this.#ask('stat', path, () => snippets.stat(this.#name(path)), options, true);
    return fileStats(tuple, year === 2000);
  }

  /** Whether there is a file or directory of that name. Other failures than `ENOENT` are thrown. */
  async exists(path: string, options: FileOptions = {}): Promise<boolean> {
    try {
      await this.stat(path, options);
      return true;
    } catch (error) {
      if (error instanceof FileSystemError && /^(ENOENT|ENOTDIR)$/.test(error.code)) return false;
      throw error;
    }
  }

  /** With `recursive` the directories above are made too, and one that is there is no error. */
  async mkdir(path: string, options: FileOptions & { recursive?: boolean } = {}): Promise<void> {
    const name = devicePath(path);
    const { recursive = false } = options;
    const paths = recursive ? [...parentsOf(name), name] : [name];
    await this.#ask('mkdir', path, () => snippets.mkdir(paths, recursive), options, recursive);
  }

  /** A file; with `recursive` a directory and all that is in it. With `force` nothing being there is no error. */
  async rm(
    path: string,
    options: FileOptions & { recursive?: boolean; force?: boolean } = {},
  ): Promise<void> {
    const { recursive = false, force = false } = options;
    requireBelow(devicePath(path));
    await this.#ask(
      'rm',
      path,
      () => snippets.remove([this.#name(path)], { recursive, force }),
      options,
      force,
    );
  }

  /** An empty directory. */
  async rmdir(path: string, options: FileOptions = {}): Promise<void> {
    await this.#ask('rmdir', path, () => snippets.rmdir(this.#name(path)), options);
  }

  /** Replaces a file that has the new name. */
  async rename(from: string, to: string, options: FileOptions = {}): Promise<void> {
    await this.#ask('rename', from, () => snippets.rename(this.#name(from), this.#name(to)), options);
  }

  /** On the board: the bytes stay there, unless it cannot rename. Read back and renamed as in {@link writeFile}. */
  async copy(from: string, to: string, options: FileOptions = {}): Promise<void> {
    devicePath(from);
    devicePath(to);
    const limits = limitsOf({ timeoutMs: contentMs, ...options });
    await this.#board.writing(limits, () => this.#copy(from, to, limits));
  }

  /** Size and free space of the file system that `path` is on, in bytes. */
  async statvfs(path = '/', options: FileOptions = {}): Promise<SpaceStats> {
    const [tuple] = await this.#ask('statfs', path, () => snippets.statvfs(this.#name(path)), options, true);
    return spaceStats(tuple);
  }

  /** In hexadecimal. Computed on the board, if that has `hashlib`. */
  async sha256(path: string, options: FileOptions = {}): Promise<string> {
    if (await this.#isFlat(options)) {
      return createHash('sha256')
        .update(await this.readFile(path, options))
        .digest('hex');
    }
    const code = (): string => snippets.sha256(this.#name(path));
    const [digest] = await this.#ask('open', path, code, { timeoutMs: contentMs, ...options }, true);
    if (!Buffer.isBuffer(digest)) throw new DeviceError('DEVICE_RESULT', 'the board gave no hash');
    return digest.toString('hex');
  }

  /** All below a directory; a directory comes before what is in it. */
  async *walk(path: string, options: FileOptions = {}): AsyncGenerator<WalkEntry> {
    for (const entry of await this.readdir(path, options)) {
      const inside = joinDevice(devicePath(path), entry.name);
      yield { ...entry, path: inside };
      if (entry.isDirectory) yield* this.walk(inside, options);
    }
  }

  #read(path: string, limits: RawExecOptions, range?: FileRange): Promise<Buffer> {
    return this.#try('open', path, () =>
      readContent(this.#board, () => this.#name(path), limits, undefined, range),
    );
  }

  async #write(path: string, data: FileData, limits: RawExecOptions): Promise<void> {
    const writer = writerFor(this.#board, await this.#known(limits), limits);
    await this.#try('open', path, async () => {
      await writer.add({
        target: this.#name(path),
        content: contentOf(data, { ...limits, what: sourceName }),
      });
      await writer.flush();
    });
  }

  async #copy(from: string, to: string, limits: RawExecOptions): Promise<void> {
    if (await this.#isFlat(limits)) {
      await this.#write(to, await this.#read(from, limits), limits);
      return;
    }
    const target = this.#name(to);
    const temporary = joinDevice(posix.dirname(target), temporaryName);
    const code = (): string => snippets.copy(this.#name(from), target, temporary);
    try {
      await this.#ask('copyfile', from, code, limits, true);
    } catch (error) {
      throw asVerifyError(error, to);
    }
  }

  async #known(options: AskOptions): Promise<Firmware> {
    this.#firmware ??= await askFirmware(this.#board, options);
    return this.#firmware;
  }

  /** A board whose firmware can neither hash, rename nor append: files can only be read and written whole. */
  async #isFlat(options: AskOptions): Promise<boolean> {
    await this.#known(options);
    return this.#board.checksum === 'sum';
  }

  /** Boards without directories know no slash either. */
  #name(path: string): string {
    const name = devicePath(path);
    return this.#board.checksum === 'sum' && name.lastIndexOf('/') === 0 ? name.slice(1) || '/' : name;
  }

  #ask(
    syscall: string,
    path: string,
    body: () => string,
    options: AskOptions,
    repeatable = false,
  ): Promise<PythonValue[]> {
    return this.#try(syscall, path, () => this.#board.ask(body, { ...options, repeatable }));
  }

  async #try<T>(syscall: string, path: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof PythonError && error.exception === 'AttributeError') {
        const message = `this board's firmware has no ${syscall}: '${path}'. A newer MicroPython may have it`;
        throw new DeviceError('DEVICE_UNSUPPORTED', message, { cause: error });
      }
      throw asFileSystemError(error, syscall, path);
    }
  }
}
