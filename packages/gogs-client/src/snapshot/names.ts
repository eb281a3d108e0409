import { GogsRefusedPathError } from '../errors.ts';

/** @throws GogsRefusedPathError for a name that on some disk means more than a file in its folder. */
export function checkName(name: string, path: string): void {
  const problem = problemOf(name);
  if (problem === undefined) return;
  throw new GogsRefusedPathError('unsafe-name', [path], `${JSON.stringify(path)}: ${problem}`);
}

function problemOf(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'would leave its folder';
  if (name.includes('/') || name.includes('\\')) return 'has a separator of folders in its name';
  if (name.includes('\0')) return 'has a NUL byte in its name';
  // Git itself forbids it, in any case and as the short name that Windows gives it.
  if (/^(\.git|git~1)[. ]*$/i.test(name)) return 'would be taken for a Git folder';
  return undefined;
}

/**
 * Finds names that a case-insensitive disk, or one that does not tell Unicode's ways to write a letter apart,
 * takes for the same.
 *
 * @throws GogsRefusedPathError naming both.
 */
export function checkCollisions(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const part = end < 0 ? path : path.slice(0, end);
      const key = folded(part);
      const other = seen.get(key);
      if (other !== undefined && other !== part) {
        const message = `${JSON.stringify(other)} and ${JSON.stringify(part)} are one on a case-insensitive disk`;
        throw new GogsRefusedPathError('collision', [other, part], message);
      }
      seen.set(key, part);
      if (end < 0) break;
    }
  }
}

function folded(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
