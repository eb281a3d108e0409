import { DirectoryStore } from './directory-store.ts';
import { FlashContents } from './flash-contents.ts';
import { FlashError } from './flash-error.ts';
import { checkRename, find, findRemovable, lookUp } from './flash-names.ts';
import type { FlashStore } from './flash-store.ts';
import type {
  FlashDurability,
  FlashOpenOptions,
  FlashOperation,
  FlashOptions,
  FlashSpace,
  FlashStat,
  PowerCut,
} from './flash-types.ts';
import { blocksOfDirectory } from './flash-walk.ts';
import { MemoryStore } from './memory-store.ts';
import { OpenFile } from './open-file.ts';
import { OpenFiles } from './open-files.ts';
import { PowerJournal } from './power-journal.ts';

/**
 * The flash of a virtual node with a file system on it, modelled on LittleFS as MicroPython uses it on an ESP32. It
 * outlives resets, can run full, and can lose its power at any operation.
 *
 * Paths are absolute and normalised (`/lib/ota/node.py`). Every call is synchronous. The calls of the driver side throw
 * {@link FlashError}, or {@link PowerCutError} while the power is off; those of
 * `FlashContents` are for tests and tools.
 */
export class Flash extends FlashContents {
  readonly #durability: FlashDurability;
  readonly #journal: PowerJournal;

  private constructor(store: FlashStore, options: FlashOptions) {
    const { sizeBytes = 2 * 1024 * 1024, blockSize = 4096, durability = 'on-close' } = options;
    if (!Number.isInteger(blockSize) || blockSize < 1) {
      throw new TypeError(`blockSize is ${blockSize}: it has to be a number of bytes`);
    }
    if (!(sizeBytes >= blocksOfDirectory * blockSize)) {
      throw new TypeError(`sizeBytes is ${sizeBytes}: an empty flash takes ${blocksOfDirectory} blocks`);
    }
    super(store, new OpenFiles(store, blockSize, Math.floor(sizeBytes / blockSize)));
    this.#journal = new PowerJournal(() => {
      this.opened.clear();
    });
    this.#durability = durability;
  }

  /** A tree in memory; names are case-sensitive. */
  static memory(options: FlashOptions = {}): Flash {
    return new Flash(new MemoryStore(), options);
  }

  /** The files of a real directory, which is made if it is not there. */
  static directory(root: string, options: FlashOptions = {}): Flash {
    return new Flash(new DirectoryStore(root), options);
  }

  /**
   * What there is under a path.
   *
   * @throws FlashError with errno 2 (ENOENT).
   */
  stat(path: string): FlashStat {
    this.#journal.require(`stat ${path}`);
    const type = find(this.store, path, 'stat');
    const size = type === 'file' ? this.store.size(path) : 0;
    return { type, size, modifiedMs: this.store.modifiedMs(path) };
  }

  /** The names in a directory, sorted. */
  readdir(path: string): string[] {
    this.#journal.require(`list ${path}`);
    if (find(this.store, path, 'list') === 'file') {
      throw new FlashError('ENOTDIR', `cannot list ${path}: it is a file`);
    }
    return this.store.list(path).sort();
  }

  /**
   * Makes a directory.
   *
   * @throws FlashError with errno 17 (EEXIST) or 2 (ENOENT, no parent).
   */
  mkdir(path: string): void {
    this.#journal.require(`mkdir ${path}`);
    if (lookUp(this.store, path, 'make') !== undefined) {
      throw new FlashError('EEXIST', `cannot make ${path}: the name is taken`);
    }
    this.opened.requireBlocks(blocksOfDirectory, `make ${path}`);
    this.#journal.perform({ kind: 'mkdir', path }, () => {
      this.store.makeDirectory(path);
    });
  }

  /** Removes an empty directory; a file too, since for LittleFS `rmdir` and `remove` are the same. */
  rmdir(path: string): void {
    this.#remove('rmdir', path);
  }

  /** Removes a file; an empty directory too, since for LittleFS `remove` and `rmdir` are the same. */
  remove(path: string): void {
    this.#remove('remove', path);
  }

  /** Replaces a file, or an empty directory, that has the new name: at once, or not at all. */
  rename(from: string, to: string): void {
    this.#journal.require(`rename ${from} to ${to}`);
    if (!checkRename(this.store, from, to)) return;
    this.#journal.perform({ kind: 'rename', path: from, to }, () => {
      this.opened.detach(from);
      this.opened.detach(to);
      this.store.move(from, to);
    });
  }

  /** @returns a handle; none is used twice. */
  open(path: string, options: FlashOpenOptions = {}): number {
    this.#journal.require(`open ${path}`);
    const kind = lookUp(this.store, path, 'open');
    if (kind !== undefined && options.create && options.exclusive) {
      throw new FlashError('EEXIST', `cannot create ${path}: the name is taken`);
    }
    if (kind === 'directory') throw new FlashError('EISDIR', `cannot open ${path}: it is a directory`);
    if (kind === undefined) {
      if (!options.create) throw new FlashError('ENOENT', `cannot open ${path}: no file has that name`);
      this.#journal.perform({ kind: 'create', path }, () => {
        this.store.replace(path, new Uint8Array());
      });
    }
    const { write = false, append = false, truncate = false } = options;
    const writable = write || append || truncate;
    const file = new OpenFile(this.store, path, { writable, append, durability: this.#durability });
    if (kind === 'file' && truncate) {
      this.#journal.perform({ kind: 'truncate', path }, () => {
        file.resize(0);
      });
    }
    return this.opened.add(file);
  }

  /** @returns how many bytes were read; 0 at the end of the file. */
  read(handle: number, position: number, target: Uint8Array): number {
    this.#journal.require('read');
    return this.opened.get(handle, 'read').readAt(requireOffset(position), target);
  }

  /**
   * A gap before `position` is filled with zeros. Where space runs out, what fits is written and ENOSPC thrown.
   *
   * @returns how many bytes were written: all.
   */
  write(handle: number, position: number, bytes: Uint8Array): number {
    this.#journal.require('write');
    const file = this.opened.getWritable(handle, 'write');
    const start = file.append ? file.size : requireOffset(position);
    const fitting = bytes.subarray(0, this.opened.fitting(file, start, bytes.length));
    if (fitting.length > 0) {
      const land = (part: Uint8Array) => () => {
        if (part.length > 0) file.writeAt(start, part);
      };
      const half = fitting.subarray(0, Math.floor(fitting.length / 2));
      this.#journal.perform(
        { kind: 'write', path: file.path, bytes: fitting.length },
        land(fitting),
        land(half),
      );
    }
    if (fitting.length < bytes.length) {
      file.fail();
      throw new FlashError(
        'ENOSPC',
        `${file.path}: ${bytes.length - fitting.length} bytes did not fit; free some space`,
      );
    }
    return bytes.length;
  }

  /** Cuts the file, or fills it up with zeros. */
  truncate(handle: number, size: number): void {
    this.#journal.require('truncate');
    const file = this.opened.getWritable(handle, 'truncate');
    requireOffset(size);
    const growth = size - file.size;
    if (growth > 0 && this.opened.fitting(file, file.size, growth) < growth) {
      throw new FlashError('ENOSPC', `${file.path} cannot grow to ${size} bytes; free some space`);
    }
    this.#journal.perform({ kind: 'truncate', path: file.path }, () => {
      file.resize(size);
    });
  }

  /** Bytes of an open file. */
  size(handle: number): number {
    this.#journal.require('size');
    return this.opened.get(handle, 'size').size;
  }

  /** Commits what was written to an open file. */
  sync(handle: number): void {
    this.#journal.require('sync');
    this.opened.get(handle, 'sync').commit();
  }

  /** Ends a handle; what was written is committed. */
  close(handle: number): void {
    this.#journal.require('close');
    const file = this.opened.get(handle, 'close');
    if (file.writable) {
      this.#journal.perform({ kind: 'close', path: file.path }, () => {
        file.commit();
      });
    }
    this.opened.delete(handle);
  }

  /** What is free now: what open files hold beside their committed state is in use. */
  statvfs(): FlashSpace {
    this.#journal.require('statvfs');
    const { blockSize, totalBlocks } = this.opened;
    return { blockSize, totalBlocks, freeBlocks: this.opened.freeBlocks() };
  }

  /** The operations that changed the flash since `powerOn()`; the one that was cut is not among them. */
  get operations(): readonly FlashOperation[] {
    return this.#journal.operations;
  }

  /** Called when an armed cut happens, before the driver's call throws. */
  get onPowerCut(): ((operation: FlashOperation) => void) | undefined {
    return this.#journal.onPowerCut;
  }

  /** Has a listener called when an armed cut happens. */
  set onPowerCut(listener: ((operation: FlashOperation) => void) | undefined) {
    this.#journal.onPowerCut = listener;
  }

  /**
   * Arms a cut. `powerOn()` disarms it.
   *
   * @throws RangeError if that operation is not to come any more.
   */
  cutPower(cut: PowerCut): void {
    this.#journal.arm(cut);
  }

  /** Starts on what was durable: open files are forgotten, operations are counted from 1 again. */
  powerOn(): void {
    this.#journal.on();
  }

  /** A power cut now, of the caller's making: `onPowerCut` is not called. */
  powerOff(): void {
    this.#journal.off();
  }

  #remove(kind: 'remove' | 'rmdir', path: string): void {
    this.#journal.require(`${kind} ${path}`);
    const type = findRemovable(this.store, path, kind);
    this.#journal.perform({ kind, path }, () => {
      this.opened.detach(path);
      if (type === 'directory') this.store.removeDirectory(path);
      else this.store.removeFile(path);
    });
  }
}

function requireOffset(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new FlashError('EINVAL', `${value} is neither a position in a file nor a size`);
}
