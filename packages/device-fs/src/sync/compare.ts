import { FileSystemError } from '../errors.ts';
import type { PathFilter } from './filter.ts';
import type { LocalFile, LocalTree } from './local-tree.ts';
import type { RemoteTree } from './remote-tree.ts';

/**
 * `kept`: only on the board, and there it stays: `delete` is off, or the file is protected or excluded.
 */
export type SyncAction = 'created' | 'updated' | 'unchanged' | 'deleted' | 'kept';

/** What became of one path. */
export interface SyncedFile {
  /** From the synced directory. */
  path: string;
  action: SyncAction;
  size: number;
}

export interface SyncPlan {
  makeDirectories: string[];
  upload: LocalFile[];
  /** Files and directories, contents first. */
  remove: string[];
  files: SyncedFile[];
  /** Bytes of the files to upload. */
  bytes: number;
}

export interface CompareOptions {
  delete: boolean;
  protect: PathFilter;
  /** Files of the board that something else takes the place of: to be deleted even without `delete`. */
  replaced: ReadonlySet<string>;
  /** Whether two contents of the same size are the same. */
  isSame: (local: LocalFile, digest: number | undefined) => boolean;
}

/** What has to be done so that the board has what is here. @throws FileSystemError EISDIR or ENOTDIR where a name is taken. */
export function compareTrees(local: LocalTree, remote: RemoteTree, options: CompareOptions): SyncPlan {
  const plan: SyncPlan = { makeDirectories: [], upload: [], remove: [], files: [], bytes: 0 };
  const localFiles = new Set(local.files.map(({ path }) => path));
  const localDirectories = new Set(local.directories);
  const isUntouchable = (path: string, isDirectory: boolean): boolean =>
    !(options.delete || options.replaced.has(path)) ||
    options.protect.matches(path, isDirectory) ||
    local.filter.matches(path, isDirectory);

  for (const file of local.files) {
    const there = remote.files.get(file.path);
    const isSame = there?.size === file.size && options.isSame(file, there.digest);
    const action = isSame ? 'unchanged' : there ? 'updated' : 'created';
    plan.files.push({ path: file.path, action, size: file.size });
    if (isSame) continue;
    plan.upload.push(file);
    plan.bytes += file.size;
  }

  const keptDirectories = new Set<string>();
  for (const [path, { size }] of remote.files) {
    if (localFiles.has(path)) continue;
    // Excluded for a directory above it means excluded for all that is in it.
    const stays = isUntouchable(path, false);
    if (stays && localDirectories.has(path)) throw taken('ENOTDIR', path, 'a file');
    plan.files.push({ path, action: stays ? 'kept' : 'deleted', size });
    if (!stays) plan.remove.push(path);
    else for (const above of ancestors(path)) keptDirectories.add(above);
  }
  for (const path of [...remote.directories].reverse()) {
    if (localDirectories.has(path)) continue;
    const stays = keptDirectories.has(path) || isUntouchable(path, true);
    if (stays && localFiles.has(path)) throw taken('EISDIR', path, 'a directory');
    if (!stays) plan.remove.push(path);
    else for (const above of ancestors(path)) keptDirectories.add(above);
  }
  plan.makeDirectories = local.directories.filter((path) => !remote.directories.has(path));
  plan.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return plan;
}

function ancestors(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function taken(code: string, path: string, what: string): FileSystemError {
  const errno = code === 'EISDIR' ? 21 : 20;
  const cause = new Error(
    `the board has ${what} of that name, which may not be deleted: allow it, or remove it`,
  );
  return new FileSystemError(code, errno, 'sync', path, { cause });
}
