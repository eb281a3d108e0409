import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { usbChip } from './usb-chips.ts';

/** A serial port of this machine. */
export interface SerialPortInfo {
  /** What {@link openLink} takes. */
  path: string;
  /** USB's numbers, four hexadecimal digits each; `undefined` for what is not on USB. */
  vendorId: string | undefined;
  /** As `vendorId`. */
  productId: string | undefined;
  /** As the system tells it. */
  manufacturer: string | undefined;
  /** The adapter's or board's own, where it has one. */
  serialNumber: string | undefined;
  /** What the numbers say is there. */
  chip: string | undefined;
  /** Probably a board. */
  isLikely: boolean;
}

/** A port as the system tells it. */
export interface RawPortInfo {
  /** Such as `/dev/ttyUSB0` or `COM3`. */
  path: string;
  /** In hexadecimal digits. */
  vendorId?: string | undefined;
  /** In hexadecimal digits. */
  productId?: string | undefined;
  manufacturer?: string | undefined;
  serialNumber?: string | undefined;
}

/** Which ports to list. */
export interface ListPortsOptions {
  /** Asks the system. @default serialport, and where that cannot (no `udevadm`) the kernel's own files */
  list?: () => Promise<RawPortInfo[]>;
}

/** The serial ports of this computer, likely boards first. */
export async function listPorts(options: ListPortsOptions = {}): Promise<SerialPortInfo[]> {
  const found = await (options.list ?? systemPorts)();
  const ports = found.map(({ path, vendorId, productId, manufacturer, serialNumber }) => {
    const chip = usbChip(vendorId, productId);
    return {
      ...{ path, vendorId, productId, manufacturer, serialNumber, chip: chip?.name },
      isLikely: chip !== undefined,
    };
  });
  return ports.sort((a, b) => Number(b.isLikely) - Number(a.isLikely) || (a.path < b.path ? -1 : 1));
}

/**
 * What the system tells of a port, whichever of its names was given: a link such as those in /dev/serial/by-id, macOS's
 * /dev/cu.* for what is listed as /dev/tty.*, COM ports in small letters.
 */
export async function findPort(
  path: string,
  options: ListPortsOptions = {},
  platform: NodeJS.Platform = process.platform,
): Promise<SerialPortInfo | undefined> {
  const real = platform === 'win32' ? path : await realpath(path).catch(() => path);
  const wanted = new Set([path, real].map((name) => listedName(name, platform)));
  return (await listPorts(options)).find((port) => wanted.has(listedName(port.path, platform)));
}

function listedName(path: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return path.replace(/^\\\\[.?]\\/, '').toUpperCase();
  return platform === 'darwin' ? path.replace(/^\/dev\/cu\./, '/dev/tty.') : path;
}

async function systemPorts(): Promise<RawPortInfo[]> {
  const { SerialPort } = await import('serialport');
  try {
    return await SerialPort.list();
  } catch (error) {
    if (process.platform !== 'linux') throw error;
    return kernelPorts('/'); // no udevadm, as in a slim container, or one that may not be run
  }
}

/** From /dev and /sys alone. `root` is where those two are. */
export async function kernelPorts(root: string): Promise<RawPortInfo[]> {
  const names = await readdir(join(root, 'dev'));
  const ports = names.filter((name) => /^tty(USB|ACM)\d+$/.test(name));
  return Promise.all(
    ports.map(async (name) => {
      const read = (file: string): Promise<string | undefined> => usbAttribute(root, name, file);
      return {
        path: `/dev/${name}`,
        vendorId: await read('idVendor'),
        productId: await read('idProduct'),
        manufacturer: await read('manufacturer'),
        serialNumber: await read('serial'),
      };
    }),
  );
}

/** The USB device is one to three levels above the terminal's, by the kind of driver. */
async function usbAttribute(root: string, name: string, file: string): Promise<string | undefined> {
  const device = join(root, 'sys/class/tty', name, 'device');
  for (const above of ['.', '..', '../..', '../../..']) {
    try {
      // Not normalised: `device` is a link, and `..` means above where it leads.
      return (await readFile(`${device}/${above}/${file}`, 'utf8')).trim();
    } catch {
      continue; // not at this level
    }
  }
  return undefined;
}
