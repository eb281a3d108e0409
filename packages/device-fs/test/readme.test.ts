import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serveOnTcp } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { startNode } from './helpers/boards.ts';

it('runs the first example of the README as printed', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, words]) => words);
  const folder = new URL('../out-tsc/readme/', import.meta.url); // inside the package, so that its name resolves
  await mkdir(new URL('src/', folder), { recursive: true });
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(new URL('example.mjs', folder), example);
  await writeFile(new URL('src/main.py', folder), 'print("main")\n');
  const node = await startNode({ files: { '/wifisettings.py': '1', '/old.py': '1' } });
  const tcp = await serveOnTcp(node.console);
  onTestFinished(() => tcp.close());
  const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], {
    cwd: fileURLToPath(folder),
    env: { ...process.env, BOARD: `socket://${tcp.host}:${tcp.port}` },
    timeout: 30_000,
  });
  const synced = ['kept lib/hello.py', 'created main.py', 'deleted old.py', 'kept wifisettings.py'];
  expect(stdout.trimEnd().split('\n')).toEqual([...promised, ...synced]);
  expect(node.flash.readText('/main.py')).toBe('print("main")\n');
});
