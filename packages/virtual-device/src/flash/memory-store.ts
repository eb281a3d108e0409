import { FlashError } from './flash-error.ts';
import { prefixOf } from './flash-path.ts';
import type { FlashStore } from './flash-store.ts';
import { GrowableBytes } from './growable-bytes.ts';

interface Entry {
  /** `undefined` for a directory. */
  bytes: GrowableBytes | undefined;
  modifiedMs: number;
}

/** A tree in memory, kept flat: every path is a key. Names are case-sensitive, as in LittleFS. */
export class MemoryStore implements FlashStore {
  readonly #entries = new Map<string, Entry>([['/', { bytes: undefined, modifiedMs: Date.now() }]]);

  kind(path: string): 'file' | 'directory' | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    return entry.bytes === undefined ? 'directory' : 'file';
  }

  size(path: string): number {
    return this.#bytes(path).size;
  }

  modifiedMs(path: string): number {
    return this.#entry(path).modifiedMs;
  }

  list(path: string): string[] {
    const prefix = prefixOf(path);
    return [...this.#entries.keys()]
      .filter((key) => key.length > prefix.length && key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
      .filter((name) => !name.includes('/'));
  }

  read(path: string): Buffer {
    return this.#bytes(path).copy();
  }

  readAt(path: string, position: number, target: Uint8Array): number {
    return this.#bytes(path).readAt(position, target);
  }

  replace(path: string, bytes: Uint8Array): void {
    this.#entries.set(path, { bytes: new GrowableBytes(bytes), modifiedMs: Date.now() });
  }

  writeAt(path: string, position: number, bytes: Uint8Array): void {
    this.#bytes(path).writeAt(position, bytes);
    this.#entry(path).modifiedMs = Date.now();
  }

  resize(path: string, size: number): void {
    this.#bytes(path).resize(size);
    this.#entry(path).modifiedMs = Date.now();
  }

  makeDirectory(path: string): void {
    this.#entries.set(path, { bytes: undefined, modifiedMs: Date.now() });
  }

  removeFile(path: string): void {
    this.#entries.delete(path);
  }

  removeDirectory(path: string): void {
    this.#entries.delete(path);
  }

  move(from: string, to: string): void {
    const moved = [...this.#entries].filter(([path]) => path === from || path.startsWith(`${from}/`));
    for (const [path, entry] of moved) {
      this.#entries.delete(path);
      this.#entries.set(to + path.slice(from.length), entry);
    }
  }

  #entry(path: string): Entry {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw new FlashError('ENOENT', `${path} is not there`);
    return entry;
  }

  #bytes(path: string): GrowableBytes {
    const { bytes } = this.#entry(path);
    if (bytes === undefined) throw new FlashError('EISDIR', `${path} is a directory`);
    return bytes;
  }
}
