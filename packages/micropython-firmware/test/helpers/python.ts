import { afterAll, beforeAll } from 'vitest';
import { VirtualNode } from '@ota/testbed';
import { onNode } from './on-node.ts';
import { packageFiles } from './start-site.ts';

/** A node for all tests of a file that runs the package's modules one by one: no boot.py and no main.py on it. */
export function useNode(): { run: (code: string) => Promise<string>; node: () => VirtualNode } {
  let node: VirtualNode | undefined;
  const present = (): VirtualNode => {
    if (!node) throw new Error('the node is made in beforeAll');
    return node;
  };
  beforeAll(async () => {
    node = await VirtualNode.create({ files: await packageFiles() });
    node.flash.removeTree('/main.py');
    await node.powerOn();
  });
  afterAll(() => node?.close());
  return {
    node: present,
    run: async (code) => {
      const { output, traceback } = await present().exec(onNode(code), { timeoutMs: 20_000 });
      return (output + traceback).replaceAll('\r\n', '\n').trimEnd();
    },
  };
}
