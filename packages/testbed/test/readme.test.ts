import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

it('runs the first example of the README as printed', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const promised = /console\.log\(payload\); \/\/ (.*)/.exec(example)?.[1];
  const folder = new URL('../out-tsc/readme/', import.meta.url); // inside the package, so that its name resolves
  await mkdir(folder, { recursive: true });
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = new URL('example.mjs', folder);
  await writeFile(file, example);
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(file)], { timeout: 30_000 });
  expect(stdout.trim()).toBe(promised);
});
