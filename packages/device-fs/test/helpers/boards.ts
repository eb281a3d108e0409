import {
  plugIn,
  VirtualNode,
  type ConsoleCable,
  type LinkModel,
  type VirtualNodeOptions,
} from '@ota/testbed';
import { onTestFinished } from 'vitest';
import { MicroPythonDevice, type ConnectOptions } from '../../src/index.ts';

/** The firmware versions that the package is tested on. */
export const versions = ['1.27.0', '1.23.0', '1.25.0', '1.29.0-6'] as const;

/** A UART at 115200 baud on an ESP32: 10 ms ticks, a ring of 260 bytes. */
export const esp32: LinkModel = { baud: 115_200, latencyMs: 1, tickMs: 10, receiveBuffer: 260 };

export interface Fixture {
  node: VirtualNode;
  cable: ConsoleCable;
  device: MicroPythonDevice;
}

export async function startNode(options: VirtualNodeOptions = {}): Promise<VirtualNode> {
  const node = await VirtualNode.create(options);
  onTestFinished(() => node.close());
  await node.powerOn();
  return node;
}

/** A node that is on, and a device on a cable to it. */
export async function connected(
  options: VirtualNodeOptions = {},
  link?: LinkModel,
  connect: ConnectOptions = {},
): Promise<Fixture> {
  const node = await startNode(options);
  const cable = plugIn(node.console, link);
  const device = await MicroPythonDevice.connect(cable, connect);
  onTestFinished(() => device.close());
  return { node, cable, device };
}
