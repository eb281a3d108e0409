import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startSite, temporaryFolder } from './helpers/site.ts';

it('runs the first example of the README as printed, as plain JavaScript', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line);
  const { server, token } = await startSite({ 'src/main.py': 'print(1)\n', 'src/lib/a.py': 'a = 1\n' });
  await server.createTag('ann', 'lamp', { name: 'v1', message: 'Version 1' });
  const folder = new URL('../out-tsc/readme/', import.meta.url); // inside the package, so that its name resolves
  await mkdir(folder, { recursive: true });
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = new URL('example.mjs', folder);
  await writeFile(file, example);
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(file)], {
    timeout: 30_000,
    env: { ...process.env, GOGS_URL: server.baseUrl, GOGS_TOKEN: token, TARGET: await temporaryFolder() },
  });
  expect(promised).toHaveLength(3);
  expect(stdout.trim().split('\n')).toEqual(promised);
});
