import { FileSystemError, PythonError } from '../errors.ts';

/** MicroPython's numbers (py/mperrno.h) and the names Node has for them. */
const names: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  5: 'EIO',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  16: 'EBUSY',
  17: 'EEXIST',
  18: 'EXDEV',
  19: 'ENODEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  27: 'EFBIG',
  28: 'ENOSPC',
  30: 'EROFS',
  36: 'ENAMETOOLONG',
  39: 'ENOTEMPTY',
  84: 'EILSEQ', // LittleFS: the flash is corrupt
  95: 'EOPNOTSUPP',
};

/** `OSError: [Errno 2] ENOENT`, `OSError: 2`, `OSError: [Errno 28]`; LittleFS's own may be negative. */
const pattern = /^OSError: (?:\[Errno -?(\d+)\]|\(?-?(\d+)[,)]?)/;

/** The traceback's last line, split. */
export function exceptionOf(traceback: string): { name: string; text: string } {
  const last = traceback.trimEnd().split('\n').at(-1) ?? '';
  const [, name = last, text = ''] = /^([\w.]+)(?:: ?(.*))?$/.exec(last) ?? [];
  return { name, text };
}

/** What a micro:bit says instead of a number. */
const words = new Map([
  ['OSError: file not found', 2],
  ['OSError: no more storage space', 28],
]);

export function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof PythonError)) return undefined;
  const last = error.traceback.trimEnd().split('\n').at(-1) ?? '';
  const known = words.get(last);
  if (known !== undefined) return known;
  const match = pattern.exec(last);
  return match ? Number(match[1] ?? match[2]) : undefined;
}

/** Turns a device's OSError into Node's kind of error; everything else stays as it is. */
export function asFileSystemError(error: unknown, syscall: string, path: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  return new FileSystemError(names[errno] ?? `ERRNO_${errno}`, errno, syscall, path, { cause: error });
}
