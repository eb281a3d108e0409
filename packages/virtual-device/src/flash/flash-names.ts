import { FlashError } from './flash-error.ts';
import { ancestors, splitPath } from './flash-path.ts';
import type { FlashStore } from './flash-store.ts';

/**
 * What has this name, with every directory above it checked.
 *
 * @throws FlashError ENOENT or ENOTDIR if a directory above is missing or is a file.
 */
export function lookUp(store: FlashStore, path: string, doing: string): 'file' | 'directory' | undefined {
  splitPath(path);
  for (const directory of ancestors(path)) {
    const kind = store.kind(directory);
    if (kind === undefined) {
      throw new FlashError(
        'ENOENT',
        `cannot ${doing} ${path}: there is no directory ${directory}, make it first`,
      );
    }
    if (kind === 'file') {
      throw new FlashError('ENOTDIR', `cannot ${doing} ${path}: ${directory} is a file, not a directory`);
    }
  }
  return store.kind(path);
}

/** As `lookUp`, for something that has to be there. */
export function find(store: FlashStore, path: string, doing: string): 'file' | 'directory' {
  const kind = lookUp(store, path, doing);
  if (kind === undefined)
    throw new FlashError('ENOENT', `cannot ${doing} ${path}: no file or directory has that name`);
  return kind;
}

/** As `find`, for something that has to be a file. */
export function findFile(store: FlashStore, path: string, doing: string): void {
  if (find(store, path, doing) === 'file') return;
  throw new FlashError('EISDIR', `cannot ${doing} ${path}: it is a directory`);
}

/** Whether anything has this name. */
export function has(store: FlashStore, path: string): boolean {
  const above = ancestors(path);
  return above.every((directory) => store.kind(directory) === 'directory') && store.kind(path) !== undefined;
}

/** The directories above a path that are missing, outermost first. */
export function missingParents(store: FlashStore, path: string): string[] {
  const above = ancestors(path);
  const first = above.findIndex((directory) => lookUp(store, directory, 'make') === undefined);
  return first === -1 ? [] : above.slice(first);
}

/** Makes the directories above a path, those that are missing. */
export function makeParents(store: FlashStore, path: string): void {
  for (const directory of missingParents(store, path)) store.makeDirectory(directory);
}

/** As `find`, for something that is about to go. */
export function findRemovable(store: FlashStore, path: string, doing: string): 'file' | 'directory' {
  if (path === '/') throw new FlashError('EINVAL', `cannot ${doing} /: the root stays`);
  const kind = find(store, path, doing);
  if (kind === 'directory') requireEmpty(store, path, doing);
  return kind;
}

/**
 * The rules of LittleFS: a file replaces a file, a directory replaces an empty directory.
 *
 * @returns whether there is something to do.
 */
export function checkRename(store: FlashStore, from: string, to: string): boolean {
  const doing = `rename to ${to}:`;
  const kind = find(store, from, doing);
  if (from === '/' || to === '/') throw new FlashError('EINVAL', `cannot ${doing} ${from}: the root stays`);
  const replaced = lookUp(store, to, `rename ${from} to`);
  if (from === to) return false;
  if (to.startsWith(`${from}/`))
    throw new FlashError('EINVAL', `cannot ${doing} ${from}: that is inside itself`);
  if (replaced !== undefined && replaced !== kind) {
    throw new FlashError(
      replaced === 'directory' ? 'EISDIR' : 'ENOTDIR',
      `cannot ${doing} ${from}: one is a file, the other a directory; remove ${to} first`,
    );
  }
  if (replaced === 'directory') requireEmpty(store, to, `rename ${from} to`);
  return true;
}

function requireEmpty(store: FlashStore, path: string, doing: string): void {
  if (store.list(path).length === 0) return;
  throw new FlashError('ENOTEMPTY', `cannot ${doing} ${path}: the directory is not empty`);
}
