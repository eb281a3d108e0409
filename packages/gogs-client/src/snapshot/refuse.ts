import { GogsRefusedPathError, type PathRefusal } from '../errors.ts';
import type { GitTreeEntry } from '../endpoints/git-data.ts';

/**
 * Looks through a listing for what cannot, or must not, be put on some disk.
 *
 * @param folder where the listing starts; put before paths in errors.
 * @throws GogsRefusedPathError naming all that is wrong in the first way that something is.
 */
export function checkEntries(entries: readonly GitTreeEntry[], folder: string): void {
  const refuse = (reason: PathRefusal, paths: readonly string[], why: string): void => {
    if (paths.length === 0) return;
    const full = paths.map((path) => (folder === '' ? path : `${folder}/${path}`));
    const shown = full.slice(0, 10).map((path) => JSON.stringify(path));
    const rest = full.length > shown.length ? ` and ${full.length - shown.length} more` : '';
    throw new GogsRefusedPathError(reason, full, `refused, ${why}: ${shown.join(', ')}${rest}`);
  };
  const unsafe = entries.filter(({ path }) => isUnsafe(path.slice(path.lastIndexOf('/') + 1)));
  refuse('unsafe-name', pathsOf(unsafe), 'a name that could leave its folder or mean another');
  const submodules = entries.filter(({ type }) => type === 'commit');
  refuse('submodule', pathsOf(submodules), 'a submodule, whose files are in another repository');
  refuse('collision', collisions(pathsOf(entries)), 'one and the same on a case-insensitive disk');
}

function pathsOf(entries: readonly GitTreeEntry[]): string[] {
  return entries.map(({ path }) => path);
}

/** A backslash separates folders on Windows; `.git` is forbidden by Git itself, in any case and as `GIT~1`. */
function isUnsafe(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return true;
  return /[/\\\0]/.test(name) || /^(\.git|git~1)[. ]*$/i.test(name);
}

/** Every path that another one has, too, where case and Unicode's ways to write a letter do not count. */
function collisions(paths: readonly string[]): string[] {
  const byKey = new Map<string, string[]>();
  for (const path of paths) {
    const key = path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
    const alike = byKey.get(key);
    if (alike) alike.push(path);
    else byKey.set(key, [path]);
  }
  return [...byKey.values()].filter((alike) => alike.length > 1).flat();
}
