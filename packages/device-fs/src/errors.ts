/** Base of everything this package throws on purpose. Match on `code`: two copies of the package may be loaded. */
export class DeviceFsError extends Error {
  override readonly name: string = 'DeviceFsError';
  /** What went wrong, stable across versions. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The way to the board. Codes: `LINK_ADDRESS` (cannot be read), `LINK_NOT_FOUND`, `LINK_BUSY`, `LINK_PERMISSION`,
 * `LINK_OPEN` (could not be opened for another reason), `LINK_PASSWORD` (WebREPL refused it), `LINK_NEGOTIATION` (the
 * far end does not speak RFC 2217), `LINK_LOST` (it broke while in use), `LINK_CLOSED` (closed by this side).
 */
export class LinkError extends DeviceFsError {
  override readonly name: string = 'LinkError';
}

/**
 * The conversation with the REPL. Codes: `REPL_NO_PROMPT` (the board does not come to the raw REPL), `REPL_TIMEOUT`
 * (nothing came for too long, or all of it took too long), `REPL_RESET` (the board started anew while code ran), `REPL_PROTOCOL` (an answer that no MicroPython gives),
 * `REPL_GARBLED` (a checksum says that bytes changed on their way).
 */
export class ReplError extends DeviceFsError {
  override readonly name: string = 'ReplError';
}

/**
 * What the board says no to. Codes: `DEVICE_EXCEPTION` (a {@link PythonError}), `DEVICE_RESULT` (a value that is not
 * data), `DEVICE_VERIFY` (the flash holds other bytes than were written), `DEVICE_UNSUPPORTED` (the firmware cannot do it),
 * `DEVICE_MPY` (compiled for another MicroPython), `DEVICE_PATH` (a name the board could not keep).
 */
export class DeviceError extends DeviceFsError {
  override readonly name: string = 'DeviceError';
}

/** Python code on the board raised. */
export class PythonError extends DeviceError {
  override readonly name = 'PythonError';
  /** Such as `ValueError`. */
  readonly exception: string;
  /** As the board printed it, line ends as `\n`. */
  readonly traceback: string;

  constructor(exception: string, traceback: string) {
    const lastLine = traceback.trimEnd().split('\n').at(-1) ?? '';
    super('DEVICE_EXCEPTION', `the board raised ${lastLine || exception}`);
    this.exception = exception;
    this.traceback = traceback;
  }
}

/** What the board's file system refuses, as Node's `fs` says it: `code` is `ENOENT` and so on. */
export class FileSystemError extends DeviceFsError {
  override readonly name = 'FileSystemError';
  /** MicroPython's number, negated as Node has it. */
  readonly errno: number;
  /** What was tried, such as `open`. */
  readonly syscall: string;
  /** Where, on the board. */
  readonly path: string;

  constructor(code: string, errno: number, syscall: string, path: string, options?: ErrorOptions) {
    super(code, `${code}: ${describe(code)}, ${syscall} '${path}'`, options);
    this.errno = -Math.abs(errno);
    this.syscall = syscall;
    this.path = path;
  }
}

const descriptions: Readonly<Record<string, string>> = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  EIO: 'the flash could not be read or written',
  EACCES: 'permission denied, or the directory is not empty',
  EEXIST: 'file already exists',
  ENODEV: 'no file system is mounted there',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  EINVAL: 'invalid argument',
  ENOSPC: "no space left on the board's flash",
  EROFS: 'read-only file system',
  ENOTEMPTY: 'directory not empty',
  ENAMETOOLONG: 'name too long',
};

function describe(code: string): string {
  return descriptions[code] ?? "the board's file system refused";
}
