import { posix } from 'node:path';
import { DeviceError } from '../errors.ts';

/** LittleFS, and FAT with long names. */
const longestName = 255;

/**
 * A path on the board without `.`, `..` at the start and doubled slashes.
 *
 * @throws DeviceError DEVICE_PATH for a name that no file system on a board keeps.
 */
export function devicePath(path: string): string {
  if (path === '') throw new DeviceError('DEVICE_PATH', 'the path is empty: name a file, or / for the root');
  if (path.includes('\0')) throw new DeviceError('DEVICE_PATH', `${JSON.stringify(path)} has a NUL in it`);
  if (/\p{Surrogate}/u.test(path))
    throw new DeviceError('DEVICE_PATH', `${JSON.stringify(path)} is not Unicode`);
  const long = path.split('/').find((name) => Buffer.byteLength(name) > longestName);
  if (long !== undefined) {
    const message = `${long.slice(0, 40)}… is longer than the ${longestName} bytes that a board's file system keeps`;
    throw new DeviceError('DEVICE_PATH', message);
  }
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** One name behind a directory, `/` or not. */
export function joinDevice(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** The directories that have to be there for `path`, outermost first, without the root. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = posix.dirname(path); at !== '/' && at !== '.'; at = posix.dirname(at)) parents.unshift(at);
  return parents;
}

/**
 * Refuses the root and what may be a name of it: `.` is where the board's program is, which is the root after a start.
 *
 * @param normal - what {@link devicePath} gave.
 * @throws DeviceError DEVICE_PATH
 */
export function requireBelow(normal: string): void {
  if (normal === '/') throw new DeviceError('DEVICE_PATH', 'the root cannot be removed: name what is in it');
  if (normal === '.' || normal === '..' || normal.startsWith('../')) {
    const message = `'${normal}' may be the root, which cannot be removed: name what is in it, from / on`;
    throw new DeviceError('DEVICE_PATH', message);
  }
}
