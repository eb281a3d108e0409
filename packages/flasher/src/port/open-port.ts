import { realpath } from 'node:fs/promises';
import type { FlashPort } from './flash-port.ts';
import { listPorts, type PortInfo } from './list-ports.ts';
import { serialPort, type UsbIds } from './node-serial-port.ts';
import { rfc2217Port } from './rfc2217-port.ts';
import { tcpPort } from './tcp-port.ts';

/** @param name - a path such as `/dev/ttyUSB0` or `COM5`, `socket://host:port` or `rfc2217://host:port`. */
export async function portByName(name: string): Promise<FlashPort> {
  if (name.startsWith('socket://')) return tcpPort(name);
  if (name.startsWith('rfc2217://')) return rfc2217Port(name);
  return serialPort(name, await usbIdsOf(name, await listPorts()));
}

/** What is known of the port behind a name, which need not be the one that the system lists it by. */
export async function usbIdsOf(name: string, ports: readonly PortInfo[]): Promise<UsbIds> {
  const wanted = await canonical(name);
  for (const { path, usbVendorId, usbProductId } of ports) {
    if (path === name || (await canonical(path)) === wanted) return { usbVendorId, usbProductId };
  }
  return {};
}

/** The same for all names of a port: links (`/dev/serial/by-id/…`), both of macOS's nodes, `com5` and `\\.\COM5`. */
async function canonical(name: string): Promise<string> {
  const [, windows] = /^(?:\\\\\.\\)?(com\d+)$/i.exec(name) ?? [];
  if (windows !== undefined) return windows.toUpperCase();
  const path = await realpath(name).catch(() => name);
  return path.replace(/^\/dev\/cu\./, '/dev/tty.');
}
