import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, constants, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import {
  GogsAbortedError,
  GogsIntegrityError,
  GogsNetworkError,
  GogsRefusedPathError,
  GogsServerError,
  GogsTimeoutError,
} from '../errors.ts';
import { inParallel } from './in-parallel.ts';
import { holdsBlob } from './local-file.ts';
import { prepareTarget, swap, type Target } from './swap.ts';
import type { Snapshot, SnapshotEntry } from './snapshot.ts';

/** How far a download is. */
export interface DownloadProgress {
  /** Files that are complete. */
  readonly done: number;
  readonly total: number;
  /** The last of them. */
  readonly path: string;
}

/** How a snapshot is put on the disk. */
export interface SnapshotDownloadOptions {
  readonly signal?: AbortSignal;
  /** Files at a time. Default: the snapshot's. */
  readonly concurrency?: number;
  /** How often a file is fetched at most when its transfer breaks. Default 3. */
  readonly attempts?: number;
  /** Copies files that the directory has already in place of fetching them. Default true. */
  readonly reuse?: boolean;
  /** Writes through to the disk before the swap, so that a power failure leaves the old or the new. Default true. */
  readonly sync?: boolean;
  /** Called when a file is complete. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** What a download did. */
export interface DownloadResult {
  readonly commit: string;
  readonly files: number;
  /** Fetched, in bytes. */
  readonly bytes: number;
  /** Files that were there already. */
  readonly reused: number;
}

/**
 * Makes a directory hold a snapshot and nothing else. All is written beside it first and swapped in by renames: the
 * directory has the old files or the new ones, never some of each. A swap that was cut short is put right by the
 * next call. Two calls for one directory must not overlap.
 *
 * @throws GogsError, as `Snapshot.open` does, and what the file system throws. Then the directory is as before.
 * @example
 * const snapshot = await gogs.snapshot('ann', 'lamp', 'main', { path: 'src' });
 * const { files, bytes } = await download(snapshot, 'lamp');
 */
export async function download(
  snapshot: Snapshot,
  directory: string,
  options: SnapshotDownloadOptions = {},
): Promise<DownloadResult> {
  const { concurrency = snapshot.concurrency, sync = true, reuse = true, attempts = 3 } = options;
  const target = await prepareTarget(directory);
  const staging = join(target.parent, `.${target.name}.next-${randomBytes(6).toString('hex')}`);
  await mkdir(staging);
  let done = 0;
  let bytes = 0;
  let reused = 0;
  try {
    await makeFolders(staging, snapshot.files);
    await inParallel(snapshot.files, concurrency, options.signal, async (file, signal) => {
      const to = placeOf(staging, file.path);
      if (reuse && (await copied(target, file, to))) {
        reused += 1;
      } else {
        await fetched(snapshot, file, to, attempts, signal);
        bytes += file.size;
      }
      if (sync) await synced(to);
      options.onProgress?.({ done: ++done, total: snapshot.files.length, path: file.path });
    });
    if (options.signal?.aborted) throw aborted(options.signal);
    await swap(staging, target, sync);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw options.signal?.aborted ? aborted(options.signal) : error;
  }
  return { commit: snapshot.commit, files: snapshot.files.length, bytes, reused };
}

function aborted(signal: AbortSignal): GogsAbortedError {
  return new GogsAbortedError('the download was aborted by its signal; the directory is as before', {
    cause: signal.reason,
  });
}

/** Where a file goes. The snapshot has checked every name; this is the lock behind the lock. */
function placeOf(staging: string, path: string): string {
  const place = resolve(staging, ...path.split('/'));
  if (place.startsWith(staging + sep)) return place;
  throw new GogsRefusedPathError('unsafe-name', [path], `${JSON.stringify(path)}: would leave the directory`);
}

async function makeFolders(staging: string, files: readonly SnapshotEntry[]): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(placeOf(staging, path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
}

async function copied(target: Target, file: SnapshotEntry, to: string): Promise<boolean> {
  const from = join(target.path, ...file.path.split('/'));
  if (!(await holdsBlob(from, file))) return false;
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  // It may have changed between the look and the copy.
  return holdsBlob(to, file);
}

/** A transfer that breaks is started again: nobody has seen the file yet. */
async function fetched(
  snapshot: Snapshot,
  file: SnapshotEntry,
  to: string,
  attempts: number,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await pipeline(await snapshot.open(file, { signal }), createWriteStream(to), { signal });
      return;
    } catch (error) {
      if (attempt >= attempts || signal.aborted || !mayPass(error)) throw error;
      await pause(Math.random() * 200 * 2 ** attempt, undefined, { signal });
    }
  }
}

/** A body that was cut or changed on its way; not a pointer, nor a server that keeps failing. */
function mayPass(error: unknown): boolean {
  if (error instanceof GogsServerError) return error.status !== 500;
  if (error instanceof GogsIntegrityError) return !error.message.includes('Git LFS');
  return error instanceof GogsNetworkError || error instanceof GogsTimeoutError;
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
