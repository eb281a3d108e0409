import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SerialPort } from 'serialport';

/** A serial port that a board may be at. */
export interface PortInfo {
  /** Such as `/dev/ttyUSB0` or `COM3`. */
  path: string;
  /** A number of 16 bits; `undefined` for what is not on USB. */
  usbVendorId: number | undefined;
  /** A number of 16 bits. */
  usbProductId: number | undefined;
  /** The adapter's or board's own, where it has one. */
  serialNumber: string | undefined;
  /** The higher, the likelier it is a board with one of these chips; 0 for what has no USB ids. */
  score: number;
}

/** The chips on such boards: Espressif's own, Silicon Labs CP210x, WCH CH34x, FTDI, Adafruit, Prolific. */
const vendors: Record<number, number> = { 0x303a: 5, 0x10c4: 4, 0x1a86: 4, 0x0403: 3, 0x239a: 3, 0x067b: 2 };

/** The serial ports of this machine, likeliest boards first. */
export async function listPorts(): Promise<PortInfo[]> {
  const ports = await listBySerialPort().catch(listByName);
  return ports.toSorted((a, b) => b.score - a.score || a.path.localeCompare(b.path));
}

async function listBySerialPort(): Promise<PortInfo[]> {
  const ports = await SerialPort.list();
  return ports.map(({ path, vendorId, productId, serialNumber }) => {
    // node-serialport has the ids as hexadecimal text.
    const usbVendorId = vendorId === undefined ? undefined : Number.parseInt(vendorId, 16);
    const usbProductId = productId === undefined ? undefined : Number.parseInt(productId, 16);
    const score = usbVendorId === undefined ? 0 : (vendors[usbVendorId] ?? 1);
    // macOS shows some WCH adapters twice, and only this one of the two works.
    return {
      path,
      usbVendorId,
      usbProductId,
      serialNumber,
      score: score + (/wchusbserial/.test(path) ? 1 : 0),
    };
  });
}

/** On Linux node-serialport asks udevadm, which containers do not have. */
async function listByName(): Promise<PortInfo[]> {
  const names = await readdir('/dev').catch(() => []);
  return names
    .filter((name) => /^tty(USB|ACM)\d+$/.test(name))
    .map((name) => ({
      path: join('/dev', name),
      usbVendorId: undefined,
      usbProductId: undefined,
      serialNumber: undefined,
      score: 1,
    }));
}
