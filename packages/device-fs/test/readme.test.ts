import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveOnTcp } from '@ota/testbed';
import { readmeExample } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { startNode } from './helpers/boards.ts';

it('runs the first example of the README as printed', async () => {
  const example = await readmeExample(import.meta.url);
  await mkdir(join(example.folder, 'src'));
  await writeFile(join(example.folder, 'src/main.py'), 'print("main")\n');
  const node = await startNode({ files: { '/wifisettings.py': '1', '/old.py': '1' } });
  const tcp = await serveOnTcp(node.console);
  onTestFinished(() => tcp.close());
  const lines = await example.run({ env: { BOARD: `socket://${tcp.host}:${tcp.port}` } });
  const synced = ['kept lib/hello.py', 'created main.py', 'deleted old.py', 'kept wifisettings.py'];
  expect(example.promised).toHaveLength(2);
  expect(lines).toEqual([...example.promised, ...synced]);
  expect(node.flash.readText('/main.py')).toBe('print("main")\n');
});
