import type { FlashPort } from './flash-port.ts';
import { listPorts } from './list-ports.ts';
import { serialPort } from './node-serial-port.ts';
import { tcpPort } from './tcp-port.ts';

/** @param name - a path such as `/dev/ttyUSB0` or `COM5`, or `socket://host:port`. */
export async function portByName(name: string): Promise<FlashPort> {
  if (name.startsWith('socket://')) return tcpPort(name);
  const ports = await listPorts();
  const { usbVendorId, usbProductId } = ports.find(({ path }) => path === name) ?? {};
  return serialPort(name, { usbVendorId, usbProductId });
}
