import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { hashOf } from '../git/blob-id.ts';
import type { SnapshotEntry } from './snapshot.ts';

/** Whether a file on this disk is that blob. What is absent, no plain file, or cannot be read is not. */
export async function holdsBlob(path: string, { blob, size }: SnapshotEntry): Promise<boolean> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size !== size) return false;
    const hash = hashOf(size);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex') === blob;
  } catch {
    return false; // then it is fetched
  }
}
