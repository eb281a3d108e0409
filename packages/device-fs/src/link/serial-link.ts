import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { SerialPort } from 'serialport';
import { LinkError } from '../errors.ts';
import type { ControlLines, LineReset, Link } from './link.ts';
import { findPort, type ListPortsOptions } from './list-ports.ts';
import { until } from '../wait.ts';
import { pollForAll } from './poll-for-all.ts';
import { usbChip } from './usb-chips.ts';

/** How to open a serial port. */
export interface SerialOptions {
  /** @default 115 200 */
  baudRate?: number;
  /**
   * How the control lines are held while the port is open. Boards whose DTR and RTS lead straight to the chip (ESP32-CAM-MB)
   * need both off. @default both on: what the system does on opening, and no reset
   */
  lines?: ControlLines;
  /** What a pulse on RTS does. @default by the USB chip */
  lineReset?: LineReset;
}

const defaultLines: ControlLines = { dtr: true, rts: true };

/** Makes a port that is not open yet. */
export type MakePort = (options: {
  path: string;
  baudRate: number;
  autoOpen: false;
  lock: true;
}) => SerialPort;

/** What stands in for the system, in tests. */
export interface SerialSystem extends ListPortsOptions {
  makePort?: MakePort;
}

/**
 * Opens a serial port, in a time: some drivers take for ever over a port that is stuck.
 *
 * @throws LinkError LINK_NOT_FOUND, LINK_BUSY, LINK_PERMISSION or LINK_OPEN, with what to do; the signal's reason.
 */
export async function openSerial(
  path: string,
  options: SerialOptions,
  openMs: number,
  signal?: AbortSignal,
  system: SerialSystem = {},
): Promise<Link> {
  // Loaded here: it brings a native binding, which those who use a network link need not have.
  const { SerialPort: Port } = await import('serialport');
  const make = system.makePort ?? ((settings) => new Port(settings));
  const { baudRate = 115_200, lines = defaultLines } = options;
  const endsAt = performance.now() + openMs;
  const soon = <T>(work: Promise<T>): Promise<T> => until(work, endsAt, () => stuck(path), signal);
  const lineReset = options.lineReset ?? (await soon(resetOf(path, system)));
  // The system raises both lines as it opens, or one of them on Windows; then they are set to what is wanted.
  const port = make({ path, baudRate, autoOpen: false, lock: true });
  const opened = openPort(port);
  try {
    await soon(opened);
  } catch (error) {
    // Nobody waits for it any more, and nobody else could have it.
    opened.then(() => closePort(port)).catch(() => undefined);
    throw error;
  }
  pollForAll(port);
  try {
    await soon(setLines(port, lines));
  } catch (error) {
    await closePort(port);
    throw error;
  }
  const forget = watchForRemoval(port);
  return {
    name: path,
    stream: port,
    lineReset,
    setLines: (wanted) => setLines(port, wanted),
    close: async () => {
      forget();
      if (!port.isOpen) return;
      // On Windows RTS falls first: (1,1) to (1,0) to (0,0) is no reset, the other order would be one.
      if (process.platform === 'win32') await setLines(port, { dtr: false, rts: false });
      await closePort(port);
    },
  };
}

function openPort(port: SerialPort): Promise<void> {
  return new Promise((resolve, reject) => {
    port.open((error) => {
      if (error) reject(openError(port.path, error));
      else resolve();
    });
  });
}

function stuck(path: string): LinkError {
  return new LinkError(
    'LINK_OPEN',
    `${path} did not open in time: its driver is stuck. Pull the board's plug, and put it in again`,
  );
}

/** By the chip; where the system does not tell of the port (a list that fails is no reason not to open it), by its name. */
async function resetOf(path: string, system: ListPortsOptions): Promise<LineReset> {
  const info = await findPort(path, system).catch(() => undefined);
  return usbChip(info?.vendorId, info?.productId)?.lineReset ?? (/ttyUSB/.test(path) ? 'esp' : 'none');
}

/** Always both: the binding gives a default to the one that is left out. */
function setLines(port: SerialPort, lines: ControlLines): Promise<void> {
  // Linux: an FTDI chip would keep bytes back for 16 ms. Drivers that know nothing of it ignore it.
  const settings = { ...lines, brk: false, lowLatency: true };
  return new Promise((resolve, reject) => {
    port.set(settings, (error) => {
      // A pseudo-terminal has no such lines, and needs none.
      if (error && !/inappropriate ioctl|not a typewriter/i.test(error.message)) {
        reject(new LinkError('LINK_OPEN', `${port.path}: DTR and RTS could not be set`, { cause: error }));
      } else {
        resolve();
      }
    });
  });
}

/** How soon it is noticed that a port's name is gone. */
const lookMs = 500;

/**
 * A device that is pulled out may leave a read that returns nothing, again and again, for ever (node-serialport on Linux): that
 * the port is gone shows by its name, which the system takes away.
 *
 * @returns what ends the watch.
 */
function watchForRemoval(port: SerialPort): () => void {
  if (process.platform === 'win32') return () => undefined; // a port has no file there, and a read fails
  const forget = (): void => {
    clearInterval(timer);
  };
  const timer = setInterval(() => {
    access(port.path).catch((cause: unknown) => {
      forget();
      if (port.isOpen) port.close(() => undefined, new Error(`${port.path} was removed`, { cause }));
    });
  }, lookMs);
  timer.unref();
  return forget;
}

/** What is in the driver still goes out, for this long. */
const drainMs = 500;

async function closePort(port: SerialPort): Promise<void> {
  const drained = new Promise<void>((resolve) => {
    port.drain(() => {
      resolve();
    });
  });
  const late = new AbortController();
  await Promise.race([drained, delay(drainMs, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
  await new Promise<void>((resolve) => {
    port.close(() => {
      resolve(); // a port that was pulled out is closed already
    });
  });
}

/** Of a port that did not open. */
export function openError(
  path: string,
  cause: Error,
  platform: NodeJS.Platform = process.platform,
): LinkError {
  const { message } = cause;
  const is = (pattern: RegExp): boolean => pattern.test(message);
  if (is(/no such file|file not found/i)) {
    return new LinkError(
      'LINK_NOT_FOUND',
      `${path} is not there: plug the board in, or look for its port with listPorts()`,
      { cause },
    );
  }
  if (is(/cannot lock|busy|temporarily unavailable/i) || (platform === 'win32' && is(/access denied/i))) {
    return new LinkError(
      'LINK_BUSY',
      `${path} is in use by another program: close it (a serial monitor, an editor, a second terminal)`,
      { cause },
    );
  }
  if (is(/permission denied|access denied/i)) {
    const what =
      platform === 'linux'
        ? 'join its group (sudo usermod -aG dialout $USER), then log in again'
        : 'see who may (ls -l), or ask who runs this computer';
    return new LinkError('LINK_PERMISSION', `${path} may not be opened by you: ${what}`, { cause });
  }
  return new LinkError('LINK_OPEN', `${path} could not be opened: ${message}`, { cause });
}
