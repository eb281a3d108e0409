import { readFile } from 'node:fs/promises';
import { Site } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { addNode } from './site.ts';

it("the root README's first application does what the README says", async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, source = ''] = /```python\n([^]*?)```/.exec(readme) ?? [];
  const site = await Site.start();
  onTestFinished(() => site.close());
  const messages = await site.watch('lamp/hello');
  await site.commit({ files: { 'src/main.py': source } });
  const node = await addNode(site, 'lamp');
  await node.powerOn();
  expect((await messages.waitFor(() => true)).payload).toBe('world');

  await site.commit({ files: { 'src/main.py': source.replace('"world"', '"you"') } });
  await site.broker.restart({ downMs: 500 });
  await messages.waitFor(({ payload }) => payload === 'you');
});
