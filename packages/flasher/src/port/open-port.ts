import type { FlashPort } from './flash-port.ts';
import { listPorts } from './list-ports.ts';
import { serialPort } from './node-serial-port.ts';
import { rfc2217Port } from './rfc2217-port.ts';
import { tcpPort } from './tcp-port.ts';

/** @param name - a path such as `/dev/ttyUSB0` or `COM5`, `socket://host:port` or `rfc2217://host:port`. */
export async function portByName(name: string): Promise<FlashPort> {
  if (name.startsWith('socket://')) return tcpPort(name);
  if (name.startsWith('rfc2217://')) return rfc2217Port(name);
  const ports = await listPorts();
  const { usbVendorId, usbProductId } = ports.find(({ path }) => path === name) ?? {};
  return serialPort(name, { usbVendorId, usbProductId });
}
