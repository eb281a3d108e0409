import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AskOptions, Board } from '../board.ts';
import { DeviceError } from '../errors.ts';
import { devicePath, joinDevice } from '../files/device-path.ts';
import { readContent } from '../files/read.ts';
import { asFileSystemError } from '../python/errno.ts';
import type { SyncedFile, SyncAction } from './compare.ts';
import { PathFilter } from './filter.ts';
import { readLocalTree, summedTree, type LocalTree } from './local-tree.ts';
import { readRemoteTree, type RemoteTree } from './remote-tree.ts';
import type { SyncOptions, SyncProgress, SyncResult } from './sync-tree.ts';

/** As those of `syncTree`, without what concerns only the board. */
export type PullOptions = Omit<SyncOptions, 'memoryBytes' | 'retries' | 'mpy'>;

const defaultTimeoutMs = 600_000;
/** Nobody is to find a file here under its name before it is whole. */
const partSuffix = '.ota~';

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
  const files = compare(remote.firmware.directories ? local : await summedTree(local), remote, options);
  const wanted = files.filter(({ action }) => action === 'created' || action === 'updated');
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  if (dryRun) return { files, bytes };

  for (const { path, action } of files) if (action === 'deleted') await rm(join(localRoot, path));
  for (const path of remote.directories) {
    if (!local.filter.matches(path, true)) await mkdir(join(localRoot, checked(path)), { recursive: true });
  }
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
    await fetchFile(board, from, join(localRoot, checked(path)), ask, (count) => {
      if (count === 0) return;
      const { bytesDone, bytesLeft } = progress;
      report({ path, bytesDone: bytesDone + count, bytesLeft: Math.max(0, bytesLeft - count) });
    });
    report({ path, filesDone: progress.filesDone + 1, filesLeft: progress.filesLeft - 1 });
  }
  return { files, bytes };
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

function compare(local: LocalTree, remote: RemoteTree, options: PullOptions): SyncedFile[] {
  const here = new Map(local.files.map((file) => [file.path, file]));
  const protects = new PathFilter(options.protect ?? []);
  const files: SyncedFile[] = [];
  for (const [path, { size, digest }] of remote.files) {
    if (isExcluded(local.filter, path)) continue;
    const file = here.get(path);
    const isSame = file?.size === size && file.digest === digest;
    files.push({ path, size, action: isSame ? 'unchanged' : file ? 'updated' : 'created' });
  }
  for (const { path, size } of local.files) {
    if (remote.files.has(path)) continue;
    const action: SyncAction = options.delete && !protects.matches(path, false) ? 'deleted' : 'kept';
    files.push({ path, size, action });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isExcluded(filter: PathFilter, path: string): boolean {
  return filter.matches(path, false);
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

/** A board may have names that lead elsewhere here. @throws DeviceError DEVICE_PATH */
function checked(path: string): string {
  const isBad = path
    .split('/')
    .some((name) => name === '..' || name === '.' || name === '' || hasBackslash(name));
  if (!isBad) return path;
  throw new DeviceError(
    'DEVICE_PATH',
    `the board has a name that this computer must not use, '${path}': rename it there`,
  );
}

function hasBackslash(name: string): boolean {
  return process.platform === 'win32' && name.includes('\\');
}
