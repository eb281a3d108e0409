import { FlashError } from './flash-error.ts';

/** LittleFS's default name_max, in bytes. */
const longestName = 255;

/**
 * Takes an absolute, normalised path apart. `/` has no parts.
 *
 * @throws FlashError EINVAL if the path is not absolute or not normalised, ENAMETOOLONG for a name over 255 bytes.
 */
export function splitPath(path: string): string[] {
  if (path === '/') return [];
  const [start, ...names] = path.split('/');
  const isProper =
    start === '' && names.every((name) => !['', '.', '..'].includes(name) && !name.includes('\0'));
  if (!isProper) {
    throw new FlashError(
      'EINVAL',
      `${JSON.stringify(path)} is not an absolute, normalised path such as /lib/a.py`,
    );
  }
  const tooLong = names.find((name) => Buffer.byteLength(name) > longestName);
  if (tooLong !== undefined) {
    throw new FlashError(
      'ENAMETOOLONG',
      `${JSON.stringify(tooLong)} is over ${longestName} bytes; shorten it`,
    );
  }
  return names;
}

/** The directories above a path, the root left out, outermost first. */
export function ancestors(path: string): string[] {
  const names = splitPath(path).slice(0, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

/** A directory's path as its children's paths start. */
export function prefixOf(directory: string): string {
  return directory === '/' ? '/' : `${directory}/`;
}
