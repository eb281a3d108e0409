import { isPassing, limitsOf, type AskOptions, type Board } from '../board.ts';
import { DeviceError, ReplError } from '../errors.ts';
import { devicePath, joinDevice, parentsOf } from '../files/device-path.ts';
import { snippets } from '../files/snippets.ts';
import type { UploadEvents } from '../files/uploader.ts';
import { writerFor } from '../files/writer.ts';
import { requireMpy } from '../mpy/compile.ts';
import { compileTree, sourcesOf } from '../mpy/compile-tree.ts';
import { asFileSystemError } from '../python/errno.ts';
import { compareTrees, type SyncedFile, type SyncPlan } from './compare.ts';
import { PathFilter, type FilterOptions } from './filter.ts';
import { readLocalTree, summedTree, type LocalTree } from './local-tree.ts';
import { readRemoteTree, type RemoteTree } from './remote-tree.ts';
import { requireSpace } from './space.ts';

/** How far a sync is. */
export interface SyncProgress {
  /** The file that was just worked on, from the synced directory. */
  path: string;
  /** How many files are on the board. */
  filesDone: number;
  /** How many are still to be written. */
  filesLeft: number;
  /** Bytes of files that are on the board. */
  bytesDone: number;
  /** Bytes of files that are still to be written. */
  bytesLeft: number;
}

/** What `syncTree` may do, and how long it may take. */
export interface SyncOptions extends FilterOptions {
  /** Remove from the board what is not here. @default false */
  delete?: boolean;
  /** What is never deleted, in the syntax of a .gitignore: settings, say. */
  protect?: readonly string[];
  /**
   * Send modules compiled, by `@pybricks/mpy-cross-v6`, which has to be installed. boot.py and main.py stay sources; the source of
   * a module that is still on the board is removed, or it would go on to be what is imported. @default false
   */
  mpy?: boolean;
  /** Only tell what would be done. @default false */
  dryRun?: boolean;
  /** At most so many bytes of the board's heap are counted on. @default what the board says is free */
  memoryBytes?: number;
  /** Called as files go over the wire. */
  onProgress?: (progress: SyncProgress) => void;
  /** Milliseconds for all of it. @default 600 000 */
  timeoutMs?: number;
  /** Milliseconds without a byte from the board. @default 20 000 */
  idleMs?: number;
  /** How often to look again and go on where the conversation failed, but not the link. @default 5 */
  retries?: number;
  /** Ends it; files are then whole or as they were. */
  signal?: AbortSignal;
}

/** What a sync did. */
export interface SyncResult {
  /** Every file that is here or there, in the order of the paths. */
  files: SyncedFile[];
  /** Bytes of the files that were written (or would be). */
  bytes: number;
  /** Links here that lead nowhere or in circles: not copied, and what has their names there is left alone. */
  skipped: string[];
}

const removeAtOnce = 20;
const defaultTimeoutMs = 600_000;

/** Makes a directory of the board the same as one here. See `MicroPythonDevice.syncTree`. */
export async function syncTree(
  board: Board,
  localRoot: string,
  remoteRoot: string,
  options: SyncOptions,
): Promise<SyncResult> {
  const { timeoutMs = defaultTimeoutMs, signal } = options;
  const endsAt = performance.now() + timeoutMs;
  const found = await readLocalTree(localRoot, options, signal);
  const local = options.mpy ? await compileTree(found, signal) : found;
  const run = new SyncRun(board, devicePath(remoteRoot), options, endsAt);
  return board.writing(limitsOf({ endsAt, signal }), () => syncUntilDone(run, local, options, endsAt));
}

async function syncUntilDone(
  run: SyncRun,
  local: LocalTree,
  { timeoutMs = defaultTimeoutMs, retries = 5, mpy = false, dryRun = false }: SyncOptions,
  endsAt: number,
): Promise<SyncResult> {
  const done = new Map<string, SyncedFile>();
  for (let attempt = 0; ; attempt++) {
    try {
      const remote = await run.look(local);
      if (mpy) requireMpy(remote.firmware);
      const plan = await run.plan(local, remote);
      // What an earlier attempt has done looks unchanged now.
      for (const file of plan.files)
        if (!done.has(file.path) || file.action !== 'unchanged') done.set(file.path, file);
      if (!dryRun) await run.carryOut(plan, remote);
      const files = [...done.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
      const isSent = ({ action }: SyncedFile): boolean => action === 'created' || action === 'updated';
      const bytes = files.filter(isSent).reduce((sum, { size }) => sum + size, 0);
      return { files, bytes, skipped: local.skipped };
    } catch (error) {
      const isLate = error instanceof ReplError && performance.now() >= endsAt;
      if (isPassing(error) && attempt < retries && !isLate) continue;
      if (!isLate) throw error;
      throw new ReplError('REPL_TIMEOUT', `the sync did not end within ${timeoutMs} ms`, { cause: error });
    }
  }
}

class SyncRun {
  readonly #board: Board;
  readonly #root: string;
  readonly #options: SyncOptions;
  readonly #endsAt: number;

  constructor(board: Board, root: string, options: SyncOptions, endsAt: number) {
    this.#board = board;
    this.#root = root;
    this.#options = options;
    this.#endsAt = endsAt;
  }

  async look(local: LocalTree): Promise<RemoteTree> {
    const sizes = new Set(local.files.map(({ size }) => size));
    try {
      return await readRemoteTree(this.#board, this.#root, sizes, this.#ask);
    } catch (error) {
      throw asFileSystemError(error, 'scandir', this.#root);
    }
  }

  /** @throws FileSystemError ENOSPC, DeviceError DEVICE_PATH or DEVICE_UNSUPPORTED: before anything is changed. */
  async plan(local: LocalTree, remote: RemoteTree): Promise<SyncPlan> {
    const { delete: removes = false, protect = [] } = this.#options;
    for (const { path } of local.files) devicePath(path);
    const comparable = remote.firmware.directories ? local : await summedTree(local);
    const plan = compareTrees(
      comparable,
      { ...remote, name: 'the board' },
      {
        delete: removes,
        protect: new PathFilter(protect),
        replaced: this.#options.mpy ? sourcesOf(local) : new Set(),
        isSame: (file, digest) => digest === file.digest,
      },
    );
    requireDirectories(plan, remote, this.#root);
    requireSpace(plan, remote, this.#root);
    return plan;
  }

  async carryOut(plan: SyncPlan, remote: RemoteTree): Promise<void> {
    await this.#remove([...plan.remove, ...remote.stale], remote.firmware.directories);
    const progress = new Progress(plan, this.#root, this.#options.onProgress);
    const { memoryBytes = Infinity } = this.#options;
    const firmware = {
      ...remote.firmware,
      freeMemory: Math.min(memoryBytes, remote.firmware.freeMemory),
    };
    const writer = writerFor(this.#board, firmware, this.#ask, progress);
    if (!remote.exists) {
      for (const path of [...parentsOf(this.#root), this.#root]) writer.makeDirectory(path);
    }
    for (const path of plan.makeDirectories) writer.makeDirectory(this.#target(path, firmware.directories));
    for (const file of plan.upload) {
      await writer.add({ target: this.#target(file.path, firmware.directories), content: file.content() });
    }
    await writer.flush();
  }

  get #ask(): AskOptions {
    const { idleMs, signal } = this.#options;
    return { endsAt: this.#endsAt, signal, ...(idleMs !== undefined && { idleMs }) };
  }

  #target(path: string, hasDirectories: boolean): string {
    return hasDirectories ? joinDevice(this.#root, path) : path;
  }

  async #remove(paths: readonly string[], hasDirectories: boolean): Promise<void> {
    for (let at = 0; at < paths.length; at += removeAtOnce) {
      const some = paths.slice(at, at + removeAtOnce).map((path) => this.#target(path, hasDirectories));
      try {
        const code = snippets.remove(some, { recursive: true, force: true });
        await this.#board.ask(code, { ...this.#ask, repeatable: true });
      } catch (error) {
        throw asFileSystemError(error, 'rm', some[0] ?? this.#root);
      }
    }
  }
}

/** @throws DeviceError DEVICE_UNSUPPORTED where the board has no directories and the tree has. */
function requireDirectories(plan: SyncPlan, remote: RemoteTree, root: string): void {
  const [directory = remote.exists ? undefined : root] = plan.makeDirectories;
  if (remote.firmware.directories || directory === undefined) return;
  throw new DeviceError(
    'DEVICE_UNSUPPORTED',
    `this board's firmware has no directories: '${directory}' cannot be made. Put all files into one directory, and sync it to /`,
  );
}

class Progress implements UploadEvents {
  readonly #report: ((progress: SyncProgress) => void) | undefined;
  readonly #root: string;
  #state: SyncProgress;

  constructor(plan: SyncPlan, root: string, report: ((progress: SyncProgress) => void) | undefined) {
    this.#report = report;
    this.#root = root;
    this.#state = {
      path: '',
      filesDone: 0,
      filesLeft: plan.upload.length,
      bytesDone: 0,
      bytesLeft: plan.bytes,
    };
  }

  readonly onBytes = (count: number, target: string): void => {
    const { bytesDone, bytesLeft } = this.#state;
    this.#next(target, { bytesDone: bytesDone + count, bytesLeft: Math.max(0, bytesLeft - count) });
  };

  readonly onFile = (target: string): void => {
    const { filesDone, filesLeft } = this.#state;
    this.#next(target, { filesDone: filesDone + 1, filesLeft: filesLeft - 1 });
  };

  #next(target: string, change: Partial<SyncProgress>): void {
    const prefix = joinDevice(this.#root, '');
    const path = target.startsWith(prefix) ? target.slice(prefix.length) : target;
    this.#state = { ...this.#state, ...change, path };
    this.#report?.(this.#state);
  }
}
