import { prefixOf } from './flash-path.ts';
import type { FlashStore } from './flash-store.ts';

export interface FlashEntry {
  path: string;
  type: 'file' | 'directory';
}

/** Everything below a directory, parents before children, names sorted. */
export function* walk(store: FlashStore, directory: string): Generator<FlashEntry> {
  for (const name of store.list(directory).sort()) {
    const path = prefixOf(directory) + name;
    const type = store.kind(path);
    if (type === undefined) continue; // gone since it was listed: others may change a real directory
    yield { path, type };
    if (type === 'directory') yield* walk(store, path);
  }
}

/** Each directory takes a pair of metadata blocks in LittleFS, the root as well. */
export const blocksOfDirectory = 2;

/** The blocks that all files and directories take. */
export function committedBlocks(store: FlashStore, blockSize: number): number {
  let blocks = blocksOfDirectory;
  for (const { path, type } of walk(store, '/')) {
    blocks += type === 'directory' ? blocksOfDirectory : Math.ceil(store.size(path) / blockSize);
  }
  return blocks;
}
