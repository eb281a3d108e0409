import { randomBytes } from 'node:crypto';
import type { Flash } from '../flash/flash.ts';
import { sectorSize, type NorFlash } from '../rom-loader/nor-flash.ts';
import { readPartitions } from '../rom-loader/partitions.ts';

/** Where LittleFS has its name in the superblock. */
const markOffset = 8;
const idLength = 16;

/**
 * Ties a virtual node's files to the flash of the chip: they last as long as nobody erases or writes the start of the
 * partition that MicroPython keeps them in. What stands there is a mark, no LittleFS: reading the partition over the
 * ROM loader shows no files, and a file system that is written there counts as damaged.
 */
export class FileSystemPartition {
  readonly #chipFlash: NorFlash;
  readonly #files: Flash;
  readonly #mark = Buffer.concat([Buffer.from('littlefs'), randomBytes(idLength)]);

  constructor(chipFlash: NorFlash, files: Flash) {
    this.#chipFlash = chipFlash;
    this.#files = files;
  }

  /** What MicroPython does when it starts: an empty file system where there is none. */
  mount(): void {
    if (this.#isMarked) return;
    this.#files.restore({ files: new Map(), directories: [] });
    this.adopt();
  }

  /** Takes what the node has on its flash for what the chip's flash holds. */
  adopt(): void {
    const start = this.#start;
    if (start === undefined) return;
    this.#chipFlash.erase(start, sectorSize);
    this.#chipFlash.program(start + markOffset, this.#mark);
  }

  get #isMarked(): boolean {
    const at = (this.#start ?? Infinity) + markOffset;
    return this.#mark.equals(this.#chipFlash.bytes.subarray(at, at + this.#mark.length));
  }

  /** MicroPython's partition `vfs`; builds without one in their table take what is behind the last partition. */
  get #start(): number | undefined {
    const partitions = readPartitions(this.#chipFlash.bytes) ?? [];
    const start =
      partitions.find(({ name }) => name === 'vfs')?.offset ??
      Math.max(0, ...partitions.map(({ offset, size }) => offset + size));
    return start > 0 && start + sectorSize <= this.#chipFlash.bytes.length ? start : undefined;
  }
}
