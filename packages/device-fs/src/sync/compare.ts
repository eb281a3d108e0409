import { FileSystemError } from '../errors.ts';
import type { PathFilter } from './filter.ts';
import type { LocalFile } from './local-tree.ts';

/**
 * `kept`: only where the others go to, and there it stays: `delete` is off, or the file is protected or excluded.
 */
export type SyncAction = 'created' | 'updated' | 'unchanged' | 'deleted' | 'kept';

/** What became of one path. */
export interface SyncedFile {
  /** From the synced directory. */
  path: string;
  /** What was done, or would be. */
  action: SyncAction;
  /** In bytes. */
  size: number;
}

/** Where files come from. */
export interface SourceTree<File extends SourceFile = SourceFile> {
  files: readonly File[];
  /** Parents first, without the root. */
  directories: readonly string[];
  /** What neither takes part nor is deleted. */
  filter: PathFilter;
  /** Is here, and cannot be read: is not deleted there. */
  skipped: readonly string[];
}

export interface SourceFile {
  /** From the synced directory, with `/` between names. */
  path: string;
  size: number;
}

/** Where files go to. */
export interface TargetTree {
  files: ReadonlyMap<string, { size: number; digest: number | undefined }>;
  /** Parents first, without the root. */
  directories: ReadonlySet<string>;
  /** Directories that hold what does not take part. */
  occupied?: ReadonlySet<string>;
  /** For messages. */
  name: string;
}

export interface SyncPlan<File extends SourceFile = LocalFile> {
  makeDirectories: string[];
  upload: File[];
  /** Files and directories, contents first. */
  remove: string[];
  files: SyncedFile[];
  /** Bytes of the files to upload. */
  bytes: number;
}

export interface CompareOptions<File extends SourceFile> {
  delete: boolean;
  protect: PathFilter;
  /** Files of the target that something else takes the place of: to be deleted even without `delete`. */
  replaced: ReadonlySet<string>;
  /** Whether two contents of the same size are the same. */
  isSame: (file: File, digest: number | undefined) => boolean;
}

/** What has to be done so that the target has what the source has. @throws FileSystemError EISDIR or ENOTDIR where a name is taken. */
export function compareTrees<File extends SourceFile>(
  source: SourceTree<File>,
  target: TargetTree,
  options: CompareOptions<File>,
): SyncPlan<File> {
  const plan: SyncPlan<File> = { makeDirectories: [], upload: [], remove: [], files: [], bytes: 0 };
  const sourceFiles = new Set(source.files.map(({ path }) => path));
  const sourceDirectories = new Set(source.directories);
  const skipped = new Set(source.skipped);
  const isUntouchable = (path: string, isDirectory: boolean): boolean =>
    !(options.delete || options.replaced.has(path)) ||
    options.protect.matches(path, isDirectory) ||
    source.filter.matches(path, isDirectory) ||
    [path, ...ancestors(path)].some((one) => skipped.has(one));

  for (const file of source.files) {
    const there = target.files.get(file.path);
    const isSame = there?.size === file.size && options.isSame(file, there.digest);
    const action = isSame ? 'unchanged' : there ? 'updated' : 'created';
    plan.files.push({ path: file.path, action, size: file.size });
    if (isSame) continue;
    plan.upload.push(file);
    plan.bytes += file.size;
  }

  const keptDirectories = new Set([...(target.occupied ?? [])].flatMap((path) => [path, ...ancestors(path)]));
  for (const [path, { size }] of target.files) {
    if (sourceFiles.has(path)) continue;
    // Excluded for a directory above it means excluded for all that is in it.
    const stays = isUntouchable(path, false);
    if (stays && sourceDirectories.has(path)) throw taken('ENOTDIR', path, `${target.name} has a file`);
    plan.files.push({ path, action: stays ? 'kept' : 'deleted', size });
    if (!stays) plan.remove.push(path);
    else for (const above of ancestors(path)) keptDirectories.add(above);
  }
  for (const path of [...target.directories].reverse()) {
    if (sourceDirectories.has(path)) continue;
    const stays = keptDirectories.has(path) || isUntouchable(path, true);
    if (stays && sourceFiles.has(path)) throw taken('EISDIR', path, `${target.name} has a directory`);
    if (!stays) plan.remove.push(path);
    else for (const above of ancestors(path)) keptDirectories.add(above);
  }
  plan.makeDirectories = source.directories.filter((path) => !target.directories.has(path));
  plan.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return plan;
}

function ancestors(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function taken(code: string, path: string, what: string): FileSystemError {
  const errno = code === 'EISDIR' ? 21 : 20;
  const cause = new Error(`${what} of that name, which may not be deleted: allow it, or remove it`);
  return new FileSystemError(code, errno, 'sync', path, { cause });
}
