import { VirtualDeviceError } from '../errors.ts';
import type { FlashOperation } from './flash-types.ts';

/** The errno values a node's file system raises: those of MicroPython on an ESP32, which are Linux's. */
export const flashErrno = {
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENOSPC: 28,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
} as const;

export type FlashErrnoName = keyof typeof flashErrno;

/** A file system call the flash refuses. `errno` is what MicroPython puts into its `OSError`. */
export class FlashError extends VirtualDeviceError {
  override readonly name = 'FlashError';
  readonly errno: number;

  constructor(errno: FlashErrnoName, message: string, options?: ErrorOptions) {
    super('FLASH', `${errno}: ${message}`, options);
    this.errno = flashErrno[errno];
  }
}

/** The power is off: thrown by the operation that was cut and by every driver call until `powerOn()`. */
export class PowerCutError extends VirtualDeviceError {
  override readonly name = 'PowerCutError';
  /** The operation that was cut; `undefined` for a call made while the power was off. */
  readonly operation: FlashOperation | undefined;

  constructor(doing: string, operation?: FlashOperation) {
    super('POWER_CUT', `${doing}: the flash has no power; call powerOn() to start on what was left`);
    this.operation = operation;
  }
}
