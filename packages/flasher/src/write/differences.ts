import { flashMd5, md5Of } from '../loader/flash-commands.ts';
import type { Session } from '../loader/session.ts';
import { sectorSize } from './checks.ts';

/** A part of an image, in bytes from the image's start. */
export interface Range {
  start: number;
  end: number;
}

/** The sizes to compare at, from coarse to fine; the last is what the flash erases at once. */
const steps = [64 * 1024, 16 * 1024, sectorSize];

/** Where more than half of so many blocks differ, looking closer costs more than writing them. */
const manyBlocks = 16;

/**
 * Where the first so many blocks differ, all of them, the flash holds something else altogether: every further look would
 * cost the chip the time to read the block, and find the same.
 */
const enoughToTell = 8;

/** @returns the parts of the flash that differ from the image: whole sectors, in order, neighbours joined. */
export async function findDifferences(session: Session, address: number, data: Uint8Array): Promise<Range[]> {
  const all = { start: 0, end: data.length };
  let ranges = data.length === 0 ? [] : [all];
  for (const size of steps) {
    const blocks = ranges.flatMap((range) => cut(range, size));
    const different: Range[] = [];
    for (const [index, block] of blocks.entries()) {
      if (!(await isSame(session, address, data, block))) different.push(block);
      if (size === steps[0] && index + 1 === enoughToTell && different.length === enoughToTell) return [all];
    }
    ranges = different;
    if (different.length >= manyBlocks && different.length > blocks.length / 2) break;
  }
  return join(ranges);
}

/** @returns where the first sector that differs starts, in bytes from the image's start; `undefined` for none. */
export async function firstDifference(
  session: Session,
  address: number,
  data: Uint8Array,
): Promise<number | undefined> {
  let range = { start: 0, end: data.length };
  for (const size of steps) {
    const block = await firstDifferent(session, address, data, cut(range, size));
    if (block === undefined) return undefined;
    range = block;
  }
  return range.start;
}

async function firstDifferent(
  session: Session,
  address: number,
  data: Uint8Array,
  blocks: Range[],
): Promise<Range | undefined> {
  for (const block of blocks) {
    if (!(await isSame(session, address, data, block))) return block;
  }
  return undefined;
}

async function isSame(session: Session, address: number, data: Uint8Array, range: Range): Promise<boolean> {
  const digest = await flashMd5(session, address + range.start, range.end - range.start);
  return digest === md5Of(data.subarray(range.start, range.end));
}

function cut({ start, end }: Range, size: number): Range[] {
  const count = Math.ceil((end - start) / size);
  return Array.from({ length: count }, (_, index) => ({
    start: start + index * size,
    end: Math.min(end, start + (index + 1) * size),
  }));
}

function join(ranges: Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last?.end === range.start) last.end = range.end;
    else joined.push({ ...range });
  }
  return joined;
}
