import { expect, it } from 'vitest';
import { plugIn } from '../../src/console/console-cable.ts';
import { startNode } from '../node/helpers.ts';

it('keeps a program that prints faster than the wire waiting, as a UART does', async () => {
  const node = await startNode({ files: { '/main.py': 'while True: print("x" * 70)' } });
  const cable = plugIn(node.console, { baud: 115_200 });
  let read = 0;
  for await (const bytes of cable as AsyncIterable<Buffer>) {
    read += bytes.length;
    // Without the wait there would be megabytes on their way by now.
    expect(cable.stats.bytesFromNode - read).toBeLessThan(2000);
    if (read > 10_000) break;
  }
});

it('lets it go on when the cable is pulled, or comes to the end of what it had to carry', async () => {
  const node = await startNode();
  await node.waitForOutput('>>> ');
  const slow = plugIn(node.console, { baud: 9600 });
  const started = node.exec('for i in range(100): print("x" * 70)\nprint("done")');
  await new Promise((resolve) => slow.once('data', resolve));
  slow.destroy();
  expect((await started).output).toMatch(/done\n$/);
  plugIn(node.console, { baud: 115_200 });
  expect((await node.exec('print("y" * 3000)')).output).toHaveLength(3001);
});
