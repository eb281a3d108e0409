import { serveOnTcp, VirtualNode, type VirtualNodeOptions } from '@ota/testbed';
import { onTestFinished } from 'vitest';

export interface TestBoard {
  readonly node: VirtualNode;
  /** For `--port`. */
  readonly address: string;
  /** Pulls the cable; the board stays on. */
  readonly pull: () => Promise<void>;
}

/** A board with real MicroPython, behind a TCP port. */
export async function startBoard(options: VirtualNodeOptions = {}): Promise<TestBoard> {
  const node = await VirtualNode.create(options);
  onTestFinished(() => node.close());
  await node.powerOn();
  const tcp = await serveOnTcp(node.console);
  onTestFinished(() => tcp.close());
  return { node, address: `socket://${tcp.host}:${tcp.port}`, pull: () => tcp.close() };
}
