import { DeviceError } from '../errors.ts';

/** Windows has devices of these names, in every directory and with any extension. */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const windowsNever = /[<>:"|?*\\\u0000-\u001f]|[. ]$/;

/**
 * A board may have names that lead elsewhere on this computer, or that its file system does not keep.
 *
 * @param paths - from the directory that is pulled.
 * @throws DeviceError DEVICE_PATH, before anything is changed.
 */
export function requireLocalNames(
  paths: readonly string[],
  platform: NodeJS.Platform = process.platform,
): void {
  const isWindows = platform === 'win32';
  const seen = new Map<string, string>();
  for (const path of paths) {
    const isBad = path
      .split('/')
      .some(
        (name) =>
          name === '..' ||
          name === '.' ||
          name === '' ||
          (isWindows && (windowsNever.test(name) || windowsDevice.test(name))),
      );
    if (isBad) {
      const message = `the board has a name that this computer must not use, '${path}': rename it there`;
      throw new DeviceError('DEVICE_PATH', message);
    }
    if (!isWindows && platform !== 'darwin') continue;
    const same = seen.get(path.toLowerCase());
    if (same !== undefined) {
      const message = `the board has '${same}' and '${path}', which are one file on this computer: rename one of them there`;
      throw new DeviceError('DEVICE_PATH', message);
    }
    seen.set(path.toLowerCase(), path);
  }
}
