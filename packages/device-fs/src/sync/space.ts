import { FileSystemError } from '../errors.ts';
import type { SpaceStats } from '../files/stats.ts';
import type { SyncPlan } from './compare.ts';
import type { RemoteTree } from './remote-tree.ts';

/** A directory of LittleFS is a pair of blocks. */
const blocksOfDirectory = 2;
/** LittleFS keeps files of up to this share of a block in the blocks of their directory. */
const inlineShare = 1 / 8;

/**
 * Refuses what will not fit, before the first byte. Each file needs room beside the one it replaces until it is whole. It is
 * the least that is needed: tiny files count for nothing, though many of them fill a block, and on FAT each takes one. What
 * turns out not to fit ends with ENOSPC too, and no file is half.
 *
 * @throws FileSystemError ENOSPC
 */
export function requireSpace(
  plan: SyncPlan,
  remote: Pick<RemoteTree, 'space' | 'files'>,
  root: string,
): void {
  const { space } = remote;
  if (!space || space.blockSize === 0) return;
  const short = missingBlocks(plan, remote, space);
  if (short === 0) return;
  const cause = new Error(
    `${space.freeBytes} bytes are free, and ${short * space.blockSize} more are needed (files of more than ${space.blockSize * inlineShare} bytes take whole blocks of ${space.blockSize})`,
  );
  throw new FileSystemError('ENOSPC', 28, 'sync', root, { cause });
}

function missingBlocks(
  plan: SyncPlan,
  remote: Pick<RemoteTree, 'space' | 'files'>,
  space: SpaceStats,
): number {
  const blocks = (size: number): number =>
    size <= space.blockSize * inlineShare ? 0 : Math.ceil(size / space.blockSize);
  let free = space.freeBlocks;
  for (const path of plan.remove) {
    const file = remote.files.get(path);
    free += file ? blocks(file.size) : blocksOfDirectory;
  }
  free -= plan.makeDirectories.length * blocksOfDirectory;
  let least = free;
  for (const { path, size } of plan.upload) {
    least = Math.min(least, free - blocks(size));
    free -= blocks(size) - blocks(remote.files.get(path)?.size ?? 0);
  }
  return Math.max(0, -least);
}
