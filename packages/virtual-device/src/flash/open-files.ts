import { FlashError } from './flash-error.ts';
import { prefixOf } from './flash-path.ts';
import type { FlashStore } from './flash-store.ts';
import { committedBlocks } from './flash-walk.ts';
import type { OpenFile } from './open-file.ts';

/** The files that are open, and the space that they and the committed ones leave. */
export class OpenFiles {
  readonly blockSize: number;
  readonly totalBlocks: number;
  readonly #store: FlashStore;
  readonly #files = new Map<number, OpenFile>();
  #lastHandle = 0;

  constructor(store: FlashStore, blockSize: number, totalBlocks: number) {
    this.#store = store;
    this.blockSize = blockSize;
    this.totalBlocks = totalBlocks;
  }

  /** @returns a handle; none is used twice. */
  add(file: OpenFile): number {
    this.#files.set(++this.#lastHandle, file);
    return this.#lastHandle;
  }

  /** @throws FlashError EBADF if there is none. */
  get(handle: number, doing: string): OpenFile {
    const file = this.#files.get(handle);
    if (file === undefined)
      throw new FlashError('EBADF', `cannot ${doing}: no file is open as handle ${handle}`);
    return file;
  }

  /** @throws FlashError EBADF if there is none or it is open for reading only. */
  getWritable(handle: number, doing: string): OpenFile {
    const file = this.get(handle, doing);
    if (!file.writable)
      throw new FlashError('EBADF', `cannot ${doing} ${file.path}: it is open for reading only`);
    return file;
  }

  delete(handle: number): void {
    this.#files.delete(handle);
  }

  clear(): void {
    this.#files.clear();
  }

  /** The file, or all below the directory, with this name loses its place. */
  detach(path: string): void {
    for (const file of this.#files.values()) {
      if (file.path === path || file.path.startsWith(prefixOf(path))) file.detach();
    }
  }

  freeBlocks(): number {
    let used = committedBlocks(this.#store, this.blockSize);
    for (const file of this.#files.values()) used += file.extraBlocks(this.blockSize);
    return Math.max(0, this.totalBlocks - used);
  }

  /** @throws FlashError ENOSPC */
  requireBlocks(count: number, doing: string): void {
    if (count <= 0 || count <= this.freeBlocks()) return;
    throw new FlashError(
      'ENOSPC',
      `cannot ${doing}: that takes ${count} blocks, more than are free; free some space`,
    );
  }

  /** How many of `length` bytes there is space for, when they are written at `start`. */
  fitting(file: OpenFile, start: number, length: number): number {
    const size = Math.max(file.size, start + length);
    // To count what is free means to walk the tree: not for every small write.
    if (size <= file.largestSize(0, this.blockSize, start)) return length;
    const largest = file.largestSize(this.freeBlocks(), this.blockSize, start);
    if (file.size > largest) return 0;
    return Math.max(0, Math.min(length, largest - start));
  }
}
