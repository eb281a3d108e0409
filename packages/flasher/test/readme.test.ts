import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EspRomLoader, serveOnTcp } from '@ota/testbed';
import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';
import { expect, it, onTestFinished } from 'vitest';
import { buildFullImage } from './helpers/build-image.ts';

it('runs the first example of the README as printed, twice', async () => {
  const example = await readmeExample(import.meta.url);
  const image = buildFullImage();
  await writeFile(join(example.folder, 'firmware.bin'), image);
  const chip = new EspRomLoader({ powerUp: 'download' });
  const server = await serveOnTcp(chip);
  onTestFinished(async () => {
    await server.close();
    await chip.close();
  });
  const args = [`socket://127.0.0.1:${server.port}`, 'firmware.bin'];

  const [chipLine, first] = await example.run({ args });
  const second = await example.run({ args });
  const [, written, skipped] = /^(\d+) bytes written, (\d+) were there already$/.exec(first ?? '') ?? [];

  expect(chipLine).toBe('ESP32 24:0a:c4:00:00:01');
  // An empty flash holds the gaps between the parts of an image already.
  expect(Number(written)).toBeGreaterThan(image.length / 2);
  expect(second).toEqual([
    chipLine,
    `0 bytes written, ${Number(written) + Number(skipped)} were there already`,
  ]);
});

it('names every error of the package in the README, with what to do', async () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
  const codes = [...(await read('../src/errors.ts')).matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(
    ([, code]) => code,
  );
  const table = (await read('../README.md')).split('\n').filter((line) => line.startsWith('| `'));
  const missing = codes.filter((code) => !table.some((line) => line.includes(`\`${code ?? ''}\``)));

  expect(codes.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});
