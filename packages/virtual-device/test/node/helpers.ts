import { onTestFinished } from 'vitest';
import { VirtualNode, type VirtualNodeOptions } from '../../src/index.ts';

/** The MicroPython versions a node's code is tested on; the first is the default. */
export const versions = ['1.27.0', '1.23.0', '1.25.0', '1.29.0-6'] as const;

/** The default and the two older ones that a node's code has to run on. */
export const supported = versions.slice(0, 3);

/** A node that is on and is closed when the test is over, whatever happens. */
export async function startNode(options: VirtualNodeOptions = {}): Promise<VirtualNode> {
  const node = await createNode(options);
  await node.powerOn();
  return node;
}

export async function createNode(options: VirtualNodeOptions = {}): Promise<VirtualNode> {
  const node = await VirtualNode.create(options);
  onTestFinished(() => node.close());
  return node;
}

/** Python that joins the site's WiFi. */
export const joinWifi = `
import network, time
wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect('site', '')
while not wlan.isconnected():
    time.sleep_ms(10)
`;

/** Runs Python and returns what it printed. @throws an Error with the traceback where it raised. */
export async function python(node: VirtualNode, code: string): Promise<string> {
  const { output, traceback } = await node.exec(code, { timeoutMs: 20_000 });
  if (traceback) throw new Error(traceback);
  return output;
}
