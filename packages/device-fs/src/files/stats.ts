import type { PythonValue } from '../python/parse.ts';

const directoryBit = 0x4000;

/** What the board knows of a file or directory. */
export interface FileStats {
  /** In bytes; 0 for a directory. */
  readonly size: number;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  /** By the board's clock, which may never have been set; `undefined` where the file system keeps no times. */
  readonly modified: Date | undefined;
}

/** A name in a directory, and what it is. */
export interface DirectoryEntry {
  /** Without the directory. */
  readonly name: string;
  readonly isDirectory: boolean;
  /** `undefined` for a directory. */
  readonly size: number | undefined;
}

/** Room on a file system, in bytes. */
export interface SpaceStats {
  /** What is given out at once, in bytes. */
  readonly blockSize: number;
  /** Of `blockSize` bytes. */
  readonly totalBlocks: number;
  /** Of `blockSize` bytes. */
  readonly freeBlocks: number;
  /** All of it. */
  readonly totalBytes: number;
  /** What is not in use. */
  readonly freeBytes: number;
}

/** Seconds from 1970 to 2000, where most boards' clocks start to count. */
const epoch2000 = 946_684_800;

/** From `os.stat()`'s tuple and the seconds at 2000-01-01 by the board's clock. */
export function fileStats(value: PythonValue | undefined, startsAt2000: boolean): FileStats {
  const tuple = Array.isArray(value) ? value.map(Number) : [];
  const isDirectory = ((tuple[0] ?? 0) & directoryBit) !== 0;
  const seconds = tuple[8] ?? 0;
  return {
    size: isDirectory ? 0 : (tuple[6] ?? 0),
    isDirectory,
    isFile: !isDirectory,
    modified: seconds > 0 ? new Date((seconds + (startsAt2000 ? epoch2000 : 0)) * 1000) : undefined,
  };
}

/** From (name, type, size or None). */
export function directoryEntry(value: PythonValue): DirectoryEntry {
  const [name, type, size] = value as [string, number, number | null];
  const isDirectory = (type & directoryBit) !== 0;
  return { name, isDirectory, size: isDirectory ? undefined : (size ?? 0) };
}

export function spaceStats(value: PythonValue | undefined): SpaceStats {
  const [, blockSize = 0, totalBlocks = 0, freeBlocks = 0] = Array.isArray(value) ? value.map(Number) : [];
  return {
    blockSize,
    totalBlocks,
    freeBlocks,
    totalBytes: blockSize * totalBlocks,
    freeBytes: blockSize * freeBlocks,
  };
}
