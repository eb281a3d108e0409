import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { SerialPort } from 'serialport';
import { FlasherError, type FlasherErrorCode } from '../errors.ts';
import { StreamPort } from './stream-port.ts';

/** The part of node-serialport's stream that is used, whatever binding is below it. */
export type SerialStream = Duplex & {
  /** Sets the lines. */
  set(options: { dtr: boolean; rts: boolean }, done: (error: Error | null) => void): void;
  /** Changes the rate, in bits per second. */
  update(options: { baudRate: number }, done: (error: Error | null) => void): void;
  /** Frees the port. */
  close(done: (error: Error | null) => void): void;
  readonly isOpen: boolean;
};

/** USB numbers of a port. */
export interface UsbIds {
  /** A number of 16 bits. */
  usbVendorId?: number | undefined;
  /** A number of 16 bits. */
  usbProductId?: number | undefined;
}

/** A serial adapter of this machine, through node-serialport. */
export function serialPort(path: string, usb: UsbIds = {}): StreamPort {
  return serialStreamPort((baudRate) => openPath(path, baudRate), usb);
}

/** The same over a stream that is open already, such as one with another binding. */
export function serialStreamPort(
  open: (baudRate: number) => Promise<SerialStream>,
  usb: UsbIds = {},
): StreamPort {
  return new StreamPort({
    ...usb,
    open: async (baudRate) => {
      const port = await open(baudRate);
      return {
        stream: port,
        // Both, always: node-serialport takes a line that is left out for asserted.
        setSignals: (lines) =>
          new Promise((resolve, reject) => {
            port.set(lines, (error) => {
              if (error) reject(error);
              else resolve();
            });
          }),
        // Destroying the stream does not close the port below it.
        close: () =>
          new Promise((resolve, reject) => {
            if (!port.isOpen) {
              resolve();
              return;
            }
            port.close((error) => {
              if (error) reject(error);
              else resolve();
            });
          }),
        setBaudRate: (rate) =>
          new Promise((resolve, reject) => {
            port.update({ baudRate: rate }, (error) => {
              if (error) reject(error);
              else resolve();
            });
          }),
      };
    },
  });
}

/** @throws FlasherError PORT_NOT_FOUND, PORT_BUSY, PORT_PERMISSION or PORT_FAILED. */
export function openPath(path: string, baudRate: number): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    port.open((error) => {
      if (error) {
        reject(asFlasherError(path, error));
        return;
      }
      pollForAll(port);
      resolve(port);
    });
  });
}

/** Bits of libuv's `uv_poll_event`. */
const pollEvents = { readable: 1, writable: 2, disconnect: 4 };

interface Poller extends EventEmitter {
  poll: (events: number) => void;
}

/**
 * Keeps a write from waiting for ever. Where a system's buffer is full, @serialport/bindings-cpp 13.0.0 waits for the port to
 * become writable, and where there is nothing to read for it to become readable; but each wait replaces the other (its
 * Poller::poll starts libuv's watcher for the new event alone). A write that the next read pushed aside goes on only when
 * the chip sends something, which waits for the write. May go when it watches for all that is waited for. On Windows there
 * is no poller.
 */
function pollForAll(port: SerialPort): void {
  const { poller } = port.port as unknown as { poller?: Poller };
  if (typeof poller?.poll !== 'function') return;
  const poll = poller.poll.bind(poller);
  poller.poll = (events) => {
    const waitedFor = Object.entries(pollEvents).filter(([name]) => poller.listenerCount(name) > 0);
    poll(waitedFor.reduce((all, [, bit]) => all | bit, events));
  };
}

/** node-serialport has the reason in the text alone: the system's own words, or those of its bindings. */
const causes: { pattern: RegExp; code: FlasherErrorCode; problem: string; remedy: string }[] = [
  {
    pattern: /no such file|cannot find|file not found|ENOENT|ENODEV|ENXIO|no such device/i,
    code: 'PORT_NOT_FOUND',
    problem: 'is not there',
    remedy: 'Plug the board in, with a cable that carries data, and list the ports to find its name',
  },
  {
    pattern: /cannot lock|busy|in use|EBUSY|access denied/i,
    code: 'PORT_BUSY',
    problem: 'is in use',
    remedy: 'Close the other program that has it, such as a serial monitor',
  },
  {
    pattern: /permission denied|EACCES|EPERM/i,
    code: 'PORT_PERMISSION',
    problem: 'may not be opened by you',
    remedy: 'Add yourself to the group that owns it (dialout or uucp), then log in again',
  },
];

function asFlasherError(path: string, cause: Error): FlasherError {
  const known = causes.find(({ pattern }) => pattern.test(cause.message));
  const { code, problem, remedy } = known ?? {
    code: 'PORT_FAILED' as const,
    problem: `could not be opened: ${cause.message}`,
    remedy: 'Unplug the board, plug it in again, and check that the path names a serial port',
  };
  return new FlasherError(code, `The port ${path} ${problem}`, { remedy, cause });
}
