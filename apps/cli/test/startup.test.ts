import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const run = promisify(execFile);

/** The files that Node loaded for a command line, as its coverage has them. */
async function loaded(...argv: string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-startup-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await run(process.execPath, [bin, ...argv], { env: { ...process.env, NODE_V8_COVERAGE: folder } });
  const urls: string[] = [];
  for (const name of await readdir(folder)) {
    const { result } = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
      result: { url: string }[];
    };
    urls.push(...result.map(({ url }) => url).filter((url) => url.startsWith('file:')));
  }
  return urls;
}

/** The time is printed by `npm run startup -w @ota/cli`; what costs it is what is counted here. */
describe('the start of ota', () => {
  it('loads for --help nothing but the frame, the list of commands and commander', async () => {
    const files = await loaded('--help');
    const own = files.filter((url) => url.includes('/apps/cli/dist/'));
    const others = files.filter((url) => !own.includes(url));
    expect(others.filter((url) => !url.includes('/node_modules/commander/'))).toEqual([]);
    expect(own.filter((url) => url.includes('/dist/commands/'))).toEqual([]);
    expect(own.length).toBeLessThanOrEqual(16);
    expect(others.length).toBeLessThanOrEqual(9);
  });

  it('loads for a command its own module and no other', async () => {
    const files = await loaded('ls', '--help');
    const commands = files.flatMap((url) => /\/dist\/commands\/(.+)$/.exec(url)?.[1] ?? []);
    expect(commands).toEqual(['ls.js']);
    expect(files.filter((url) => /serialport|undici|mqtt|testbed|esptool/.test(url))).toEqual([]);
  });
});
