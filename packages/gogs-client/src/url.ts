import { GogsArgumentError } from './errors.ts';

/**
 * Builds a path below `/api/v1` of which every value is one encoded segment. Gogs decodes each segment once, after
 * it has chosen the route: a slash inside a value is safe as `%2F`.
 */
export function route(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts.reduce((path, part, index) => `${path}${segment(values[index - 1] ?? '')}${part}`);
}

/** A file's path, each of its names encoded. Slashes at both ends do not count. */
export function encodePath(path: string): string {
  return splitPath(path).map(segment).join('/');
}

/**
 * @returns the names in a path, none for the root.
 * @throws GogsArgumentError for a path that can name nothing in a repository.
 */
export function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  if (trimmed === '') return [];
  const names = trimmed.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'))) {
    throw new GogsArgumentError(
      'path',
      `must not have empty names, "." or ".." in it: ${JSON.stringify(path)}`,
    );
  }
  return names;
}

/**
 * A revision that `git rev-parse` peels to a commit. Bare ids are a trap: Gogs answers 500 to one it does not have,
 * and the id of an annotated tag in place of its commit's. Peeled, the first is a 404 and the second right.
 *
 * @throws GogsArgumentError for what git would take for an option, as in GHSA-mxrh-2rxr-6mqc.
 */
export function peeled(ref: string, type: 'commit' | 'tree' | 'blob' = 'commit'): string {
  return `${checkedRef(ref)}^{${type}}`;
}

export function checkedRef(ref: string): string {
  if (ref === '' || ref.startsWith('-') || /[\x00-\x20\x7f]/.test(ref)) {
    const problem = `must be a branch, tag or commit id, not start with "-" and have no blanks: ${JSON.stringify(ref)}`;
    throw new GogsArgumentError('ref', problem);
  }
  return ref;
}

/** `?a=1&b=2` of what is defined, or nothing. */
export function queryText(query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encoded(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** Dots alone would be resolved away by the next proxy, and Gogs has nothing of that name. */
function segment(value: string | number): string {
  const text = String(value);
  if (text === '' || text === '.' || text === '..' || text.includes('\0')) {
    throw new GogsArgumentError('name', `must be the name of something, not ${JSON.stringify(text)}`);
  }
  return encoded(text);
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw new GogsArgumentError('name', `has half a surrogate pair in it: ${JSON.stringify(text)}`);
  }
}
