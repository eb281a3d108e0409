import type { FlashStore } from './flash-store.ts';
import type { FlashDurability } from './flash-types.ts';
import { GrowableBytes } from './growable-bytes.ts';

/**
 * A file while it is open.
 *
 * With durability `on-close` it is what LittleFS makes of it: the handle has a state of its own from the moment it was
 * opened, other handles and stat see that state after sync or close only, and after a write that ran out of space
 * nothing is committed until another write succeeds. With `on-write` every handle works on the file itself.
 *
 * A file that is removed, renamed or replaced while it is open is detached (in LittleFS such a handle loses its place
 * in the directory): reading and writing go on, and nothing of it is kept.
 */
export class OpenFile {
  readonly path: string;
  readonly writable: boolean;
  readonly append: boolean;
  readonly #store: FlashStore;
  #own: GrowableBytes | undefined;
  /** Where it first differs from the committed file. */
  #changedFrom = Infinity;
  #hasFailed = false;
  #isDetached = false;

  constructor(
    store: FlashStore,
    path: string,
    options: { writable: boolean; append: boolean; durability: FlashDurability },
  ) {
    this.#store = store;
    this.path = path;
    this.writable = options.writable;
    this.append = options.append;
    this.#own = options.durability === 'on-close' ? new GrowableBytes(store.read(path)) : undefined;
  }

  get size(): number {
    return this.#own?.size ?? this.#store.size(this.path);
  }

  readAt(position: number, target: Uint8Array): number {
    if (this.#own) return this.#own.readAt(position, target);
    return this.#store.readAt(this.path, position, target);
  }

  writeAt(position: number, bytes: Uint8Array): void {
    this.#changedFrom = Math.min(this.#changedFrom, position, this.size);
    this.#hasFailed = false;
    if (this.#own) this.#own.writeAt(position, bytes);
    else this.#store.writeAt(this.path, position, bytes);
  }

  resize(size: number): void {
    this.#changedFrom = Math.min(this.#changedFrom, size, this.size);
    if (this.#own) this.#own.resize(size);
    else this.#store.resize(this.path, size);
  }

  /** A write did not fit. */
  fail(): void {
    this.#hasFailed = true;
  }

  commit(): void {
    if (this.#own === undefined || this.#changedFrom === Infinity || this.#isDetached || this.#hasFailed)
      return;
    this.#store.replace(this.path, this.#own.copy());
    this.#changedFrom = Infinity;
  }

  /** To be called while the file is still there under its name. */
  detach(): void {
    this.#own ??= new GrowableBytes(this.#store.read(this.path));
    this.#isDetached = true;
  }

  /**
   * Blocks beside those of the committed file: copy-on-write shares the blocks before the first change. That holds for
   * one writer; several on one file are each counted as if they were alone.
   */
  extraBlocks(blockSize: number): number {
    if (this.#own === undefined || this.#changedFrom === Infinity) return 0;
    return Math.max(0, Math.ceil(this.size / blockSize) - Math.floor(this.#changedFrom / blockSize));
  }

  /** How large it can become, with `freeBlocks` free, when it is changed from `position` on. */
  largestSize(freeBlocks: number, blockSize: number, position: number): number {
    const kept = this.#own
      ? Math.floor(Math.min(this.#changedFrom, position, this.size) / blockSize) + this.extraBlocks(blockSize)
      : Math.ceil(this.size / blockSize);
    return (freeBlocks + kept) * blockSize;
  }
}
