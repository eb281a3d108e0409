import { VirtualDeviceError } from '../errors.ts';

/**
 * A node's console could not be made reachable, or stopped being so. Codes: `CONSOLE_LISTEN` (no TCP port),
 * `CONSOLE_NO_SOCAT` (not installed), `CONSOLE_PTY` (no pseudo-terminal, or it is gone), `CONSOLE_UNPLUGGED` (the cable
 * was pulled in the middle of a write).
 */
export class ConsoleError extends VirtualDeviceError {
  override readonly name = 'ConsoleError';
}
