import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { deviceFiles, type DeviceFile } from '../src/index.ts';
import { packPython } from '../src/pack/pack-python.ts';
import { mpyCross } from '../src/pack/mpy-cross.ts';

const text = async (path: string): Promise<string> =>
  readFile(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the files of a node', () => {
  it('are boot.py, main.py and the package in /lib/ota, each with its content', async () => {
    const files = await deviceFiles();
    const paths = files.map(({ path }) => path);
    expect(paths.slice(0, 2)).toEqual(['/boot.py', '/main.py']);
    expect(paths).toContain('/lib/ota/node.py');
    for (const { path, source, content } of files) {
      expect(path).toMatch(/^\/(boot|main|lib\/ota\/\w+)\.py$/);
      const readable = await readFile(source, 'utf8');
      expect(content.length).toBeLessThan(readable.length);
      // As many statements, in the same order.
      expect(content.toString().split('\n')).toHaveLength(packPython(readable).split('\n').length);
    }
  });

  it('hold nothing in boot.py but words: nothing there can raise', async () => {
    expect(await text('device/boot.py')).toMatch(/^"""[^"]*"""\n$/);
  });

  it('say what they are, in lines of 99 characters at most', async () => {
    for (const { path, source } of await deviceFiles()) {
      const readable = await readFile(source, 'utf8');
      expect(readable, path).toMatch(/^"""[A-Z]/);
      for (const line of readable.split('\n')) expect(line.length, path).toBeLessThan(100);
    }
  });

  it('have the version of the npm package', async () => {
    const { version } = JSON.parse(await text('package.json')) as { version: string };
    expect(await text('device/ota/__init__.py')).toContain(`__version__ = "${version}"`);
    expect(await text('device/manifest.py')).toContain(`version="${version}"`);
  });

  it('are clean for mpy-cross, and take less than 40 kB of flash as they go on a node', async () => {
    const files = await deviceFiles();
    const packed = files.map(({ path, content }): [string, string] => [path, content.toString()]);
    const readable = await Promise.all(
      files.map(async ({ path, source }): Promise<[string, string]> => [
        path,
        await readFile(source, 'utf8'),
      ]),
    );
    expect(await mpyCross(readable)).toHaveLength(files.length);
    expect(await mpyCross(packed)).toHaveLength(files.length);
    expect(flashOf(files)).toBeLessThan(40_000);
  });

  it('take less than 25 kB of flash where they are compiled', async () => {
    const files = await deviceFiles({ compiled: true });
    expect(files.map(({ path }) => path)).toEqual(['/boot.py', '/main.py', '/lib/ota/node.mpy']);
    expect(flashOf(files)).toBeLessThan(25_000);
  });
});

function flashOf(files: readonly DeviceFile[]): number {
  return files.reduce((sum, { content }) => sum + content.length, 0);
}
