import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';
import { flashErrno } from '../src/flash/flash-error.ts';

it('runs the first example of the README as printed', async () => {
  const example = await readmeExample(import.meta.url);
  expect(example.promised).toEqual(['42', 'print("main.py ran")']);
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

it('names every code of an error in the README', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const source = new URL('../src/', import.meta.url);
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, source), 'utf8')));
  const thrown = texts.flatMap((text) => [
    ...text.matchAll(/(?:new \w+Error|super)\(\s*'([A-Z]+(?:_[A-Z]+)*)'/g),
  ]);
  const codes = new Set(thrown.map(([, code = '']) => code).filter((code) => !(code in flashErrno)));
  expect(codes.size).toBeGreaterThan(10);
  expect([...codes].filter((code) => !readme.includes(`\`${code}\``))).toEqual([]);
});
