import { plugIn, type ConsoleCable, type LinkDirection, type VirtualNode } from '@ota/testbed';
import { expect, it } from 'vitest';
import { LinkError, MicroPythonDevice } from '../src/index.ts';
import { startNode } from './helpers/boards.ts';

const content = Buffer.from('x = 1\n'.repeat(20));

/** Code, a file there, the file back. */
async function talk(cable: ConsoleCable): Promise<void> {
  const device = await MicroPythonDevice.connect(cable);
  try {
    expect(await device.eval('[1, 2]')).toEqual([1, 2]);
    await device.files.writeFile('/x.py', content);
    expect((await device.files.readFile('/x.py')).equals(content)).toBe(true);
  } finally {
    await device.close();
  }
}

/** Pulled when so many bytes have gone one way. */
function pulledAfter(node: VirtualNode, direction: LinkDirection, bytes: number): ConsoleCable {
  let isPulled = false;
  const cable: ConsoleCable = plugIn(node.console, {
    loss: (way, index) => {
      if (way === direction && index === bytes && !isPulled) {
        isPulled = true;
        setImmediate(() => cable.destroy());
      }
      return isPulled ? 'drop' : undefined;
    },
  });
  return cable;
}

/** Every byte with OTA_FULL=1, else every ninth. */
const step = process.env['OTA_FULL'] === '1' ? 1 : 9;
const testMs = (120_000 * 9) / step;

it.each(['toNode', 'fromNode'] as const)(
  'a cable that is pulled at any byte (%s) ends in a typed error, at once, and the file is old or new',
  async (direction) => {
    const node = await startNode();
    let isOver = false;
    let at = 0;
    // Until the last byte that matters: free memory and hashes have more digits at one time than at another.
    for (; !isOver; at += step) {
      node.flash.writeFile('/x.py', 'old');
      const cable = pulledAfter(node, direction, at);
      const outcome = await talk(cable).catch((error: unknown) => error);
      isOver = outcome === undefined;
      if (!isOver) expect(outcome, `byte ${at}`).toBeInstanceOf(LinkError);
      if (!isOver) expect(outcome, `byte ${at}`).toMatchObject({ code: 'LINK_LOST' });
      expect([content.toString(), 'old']).toContain(node.flash.readText('/x.py'));
    }
    expect(at).toBeGreaterThan(300);
  },
  testMs,
);
