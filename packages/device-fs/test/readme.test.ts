import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveOnTcp } from '@ota/testbed';
import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';
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

it('names every code of an error in the README', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const source = new URL('../src/', import.meta.url);
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, source), 'utf8')));
  const thrown = new Set(texts.join('').match(/(?<=')(?:LINK|REPL|DEVICE)_[A-Z_]+(?=')/g));
  expect(thrown.size).toBeGreaterThan(15);
  expect([...thrown].filter((code) => !readme.includes(`\`${code}\``))).toEqual([]);
});
