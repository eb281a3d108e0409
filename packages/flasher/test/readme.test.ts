import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EspRomLoader, serveOnTcp } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { buildFullImage } from './helpers/build-image.ts';

it('runs the first example of the README as printed, twice', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const folder = new URL('../out-tsc/readme/', import.meta.url); // inside the package, so that its name resolves
  await mkdir(folder, { recursive: true });
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = fileURLToPath(new URL('example.mjs', folder));
  const firmware = fileURLToPath(new URL('firmware.bin', folder));
  const image = buildFullImage();
  await writeFile(program, example);
  await writeFile(firmware, image);
  const chip = new EspRomLoader({ powerUp: 'download' });
  const server = await serveOnTcp(chip);
  onTestFinished(async () => {
    await server.close();
    await chip.close();
  });
  const run = async () => {
    const words = [program, `socket://127.0.0.1:${server.port}`, firmware];
    const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 30_000 });
    return stdout.trim().split('\n');
  };

  const [chipLine, first] = await run();
  const second = await run();
  const [, written, skipped] = /^(\d+) bytes written, (\d+) were there already$/.exec(first ?? '') ?? [];

  expect(chipLine).toBe('ESP32 24:0a:c4:00:00:01');
  // An empty flash holds the gaps between the parts of an image already.
  expect(Number(written)).toBeGreaterThan(image.length / 2);
  expect(second).toEqual([
    chipLine,
    `0 bytes written, ${Number(written) + Number(skipped)} were there already`,
  ]);
});
