import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';

it('runs the first example of the README as printed', async () => {
  const example = await readmeExample(import.meta.url);
  expect(example.promised).toEqual(['reset cause 1']);
  expect(await example.run()).toEqual(example.promised);
});

it('runs its example of a board as printed', async () => {
  const { folder } = await readmeExample(import.meta.url);
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const program = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].find(([, text]) =>
    text?.includes('SimulatedBoard'),
  )?.[1];
  const file = join(folder, 'board.mjs');
  await writeFile(file, program ?? '');
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder, timeout: 30_000 });
  expect(stdout).toMatch(/^rfc2217:\/\/127\.0\.0\.1:\d+\n\d+\n$/);
});
