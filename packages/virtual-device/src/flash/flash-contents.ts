import { FlashError } from './flash-error.ts';
import { captureImage, removeAll, replaceAll } from './flash-image.ts';
import { findFile, has, lookUp, makeParents, missingParents } from './flash-names.ts';
import type { FlashStore } from './flash-store.ts';
import type { FlashImage } from './flash-types.ts';
import { blocksOfDirectory, walk } from './flash-walk.ts';
import type { OpenFiles } from './open-files.ts';

/**
 * What a flash holds, as tests and tools see it: they work on what is durable, with or without power, are not counted
 * as operations and never cut.
 */
export class FlashContents {
  protected readonly store: FlashStore;
  protected readonly opened: OpenFiles;

  protected constructor(store: FlashStore, opened: OpenFiles) {
    this.store = store;
    this.opened = opened;
  }

  /** The durable bytes of a file. */
  readFile(path: string): Buffer {
    findFile(this.store, path, 'read');
    return this.store.read(path);
  }

  /** The durable bytes of a file, as UTF-8. */
  readText(path: string): string {
    return this.readFile(path).toString('utf8');
  }

  /** Durable at once; makes the directories above it. */
  writeFile(path: string, data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const parents = missingParents(this.store, path);
    const kind = parents.length > 0 ? undefined : lookUp(this.store, path, 'write');
    if (kind === 'directory') throw new FlashError('EISDIR', `cannot write ${path}: it is a directory`);
    const blocks = (size: number) => Math.ceil(size / this.opened.blockSize);
    const held = kind === 'file' ? blocks(this.store.size(path)) : 0;
    const needed = blocks(bytes.length) + parents.length * blocksOfDirectory - held;
    this.opened.requireBlocks(needed, `write ${path}`);
    makeParents(this.store, path);
    this.store.replace(path, bytes);
  }

  /** Whether there is a file or directory, power or not. */
  exists(path: string): boolean {
    return has(this.store, path);
  }

  /** Removes a file or a directory with all that is in it. Content with there being none. */
  removeTree(path: string): void {
    if (!has(this.store, path)) return;
    this.opened.detach(path);
    removeAll(this.store, path);
  }

  /** The paths of all files, sorted. */
  files(): string[] {
    return [...walk(this.store, '/')].flatMap(({ path, type }) => (type === 'file' ? [path] : [])).sort();
  }

  /** A deep copy of what is durable. */
  image(): FlashImage {
    return captureImage(this.store);
  }

  /** Replaces everything by what the image holds, and forgets open files. */
  restore(image: FlashImage): void {
    this.opened.clear();
    replaceAll(this.store, image);
  }
}
