import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AskOptions, Board } from '../board.ts';
import { DeviceError } from '../errors.ts';
import { devicePath, joinDevice } from '../files/device-path.ts';
import { readContent } from '../files/read.ts';
import { asFileSystemError } from '../python/errno.ts';
import { compareTrees, type SourceFile, type SyncPlan } from './compare.ts';
import { partSuffix, PathFilter } from './filter.ts';
import { requireLocalNames } from './local-name.ts';
import { readLocalTree, summedTree, type LocalTree } from './local-tree.ts';
import { readRemoteTree, type RemoteTree } from './remote-tree.ts';
import type { SyncOptions, SyncProgress, SyncResult } from './sync-tree.ts';

/** As those of `syncTree`, without what concerns only the board. */
export type PullOptions = Omit<SyncOptions, 'memoryBytes' | 'retries' | 'mpy'>;

const defaultTimeoutMs = 600_000;

interface PulledFile extends SourceFile {
  digest: number | undefined;
}

/** Makes a directory here the same as one of the board. See `MicroPythonDevice.pull`. */
export async function pullTree(
  board: Board,
  remoteRoot: string,
  localRoot: string,
  options: PullOptions,
): Promise<SyncResult> {
  const { signal, idleMs, timeoutMs = defaultTimeoutMs, dryRun = false } = options;
  const ask: AskOptions = {
    endsAt: performance.now() + timeoutMs,
    signal,
    ...(idleMs !== undefined && { idleMs }),
  };
  const root = devicePath(remoteRoot);
  await mkdir(localRoot, { recursive: true });
  const local = await readLocalTree(localRoot, options, signal);
  const remote = await look(board, root, local, ask);
  const here = remote.firmware.directories ? local : await summedTree(local);
  const plan = mirrorPlan(remote, here, options);
  requireLocalNames([...plan.makeDirectories, ...plan.upload.map(({ path }) => path)]);
  const { files, bytes, upload: wanted } = plan;
  const result: SyncResult = {
    files,
    bytes,
    skipped: local.skipped.filter((path) => !remote.files.has(path)),
  };
  if (dryRun) return result;

  for (const path of plan.remove) await remove(localRoot, path, here);
  for (const path of plan.makeDirectories) await mkdir(join(localRoot, path), { recursive: true });
  let progress: SyncProgress = {
    ...{ path: '', filesDone: 0, bytesDone: 0 },
    ...{ filesLeft: wanted.length, bytesLeft: bytes },
  };
  const report = (change: Partial<SyncProgress>): void => {
    progress = { ...progress, ...change };
    options.onProgress?.(progress);
  };
  for (const { path } of wanted) {
    const from = remote.firmware.directories ? joinDevice(root, path) : path;
    await fetchFile(board, from, join(localRoot, path), ask, (count) => {
      if (count === 0) return;
      const { bytesDone, bytesLeft } = progress;
      report({ path, bytesDone: bytesDone + count, bytesLeft: Math.max(0, bytesLeft - count) });
    });
    report({ path, filesDone: progress.filesDone + 1, filesLeft: progress.filesLeft - 1 });
  }
  return result;
}

async function look(board: Board, root: string, local: LocalTree, ask: AskOptions): Promise<RemoteTree> {
  try {
    const remote = await readRemoteTree(board, root, new Set(local.files.map(({ size }) => size)), ask);
    if (remote.exists) return remote;
  } catch (error) {
    throw asFileSystemError(error, 'scandir', root);
  }
  throw new DeviceError('DEVICE_PATH', `${root} is not on the board: nothing was changed here`);
}

/** As for `syncTree`, with source and target exchanged. */
function mirrorPlan(remote: RemoteTree, here: LocalTree, options: PullOptions): SyncPlan<PulledFile> {
  const { delete: removes = false, protect = [] } = options;
  const takesPart = (isDirectory: boolean) => (path: string) => !here.filter.matches(path, isDirectory);
  const there = [...remote.files].map(([path, file]) => ({ path, ...file }));
  return compareTrees<PulledFile>(
    {
      files: there.filter(({ path }) => takesPart(false)(path)),
      directories: [...remote.directories].filter(takesPart(true)),
      filter: here.filter,
      skipped: [],
    },
    {
      files: new Map(here.files.map((file) => [file.path, file])),
      directories: new Set(here.directories),
      occupied: here.occupied,
      name: 'this computer',
    },
    {
      delete: removes,
      protect: new PathFilter(protect),
      replaced: new Set(),
      isSame: (file, digest) => file.digest === digest,
    },
  );
}

/** A directory only if it is empty: a link to one stays, and what was made in between. */
async function remove(localRoot: string, path: string, here: LocalTree): Promise<void> {
  const full = join(localRoot, path);
  if (!here.directories.includes(path)) {
    await rm(full, { force: true });
    return;
  }
  try {
    await rmdir(full);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!/^(ENOTEMPTY|EEXIST|ENOTDIR|ENOENT)$/.test(code)) throw error;
  }
}

async function fetchFile(
  board: Board,
  from: string,
  to: string,
  ask: AskOptions,
  onBytes: (count: number) => void,
): Promise<void> {
  try {
    const content = await readContent(board, () => from, ask, onBytes);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to + partSuffix, content);
    await rename(to + partSuffix, to);
  } catch (error) {
    await rm(to + partSuffix, { force: true });
    throw asFileSystemError(error, 'open', from);
  }
}
