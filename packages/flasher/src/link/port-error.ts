import { FlasherError } from '../errors.ts';

/**
 * A browser's port rejects with a DOMException alone (Web Serial, "open() method"). What is an error of this package
 * already, or of whoever called it, stays as it is.
 */
export function asPortError(cause: unknown): unknown {
  if (cause instanceof FlasherError || cause instanceof TypeError) return cause;
  const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) };
  if (name === 'InvalidStateError') {
    return new FlasherError('PORT_BUSY', 'The port is open already', {
      remedy: 'Close it where it was opened, such as by a serial monitor on this page',
      cause,
    });
  }
  return new FlasherError('PORT_FAILED', `The port could not be opened: ${message}`, {
    remedy: 'Close other programs that have it, then unplug the board and plug it in again',
    cause,
  });
}
