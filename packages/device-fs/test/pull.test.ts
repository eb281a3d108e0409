import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SyncProgress } from '../src/index.ts';
import { requireLocalNames } from '../src/sync/local-name.ts';
import { connected, esp32 } from './helpers/boards.ts';
import { localTree } from './helpers/trees.ts';

const tree = {
  'main.py': 'print("hello")\n',
  'empty.txt': '',
  'lib/big.bin': randomBytes(30_000),
  "odd/it's zwölf ☃.txt": 'x',
};
const onBoard = (files: Readonly<Record<string, string | Buffer>>) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`/app/${path}`, content]));

async function contents(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files
    .sort()
    .map(async (file) => [file.slice(root.length + 1), await readFile(file, 'base64')] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

const base64 = (files: Readonly<Record<string, string | Buffer>>) =>
  Object.fromEntries(
    Object.entries(files).map(([path, content]) => [path, Buffer.from(content as string).toString('base64')]),
  );

it('brings a tree here, and then only what changed', async () => {
  const { device, node, cable } = await connected({ files: onBoard(tree) }, esp32);
  node.flash.mkdir('/app/hollow');
  const here = await localTree();
  const { files, bytes } = await device.pull('/app', here);
  expect(new Set(files.map(({ action }) => action))).toEqual(new Set(['created']));
  expect(bytes).toBe(30_016 + 0);
  expect(await contents(here)).toEqual(base64(tree));
  expect(await readdir(join(here, 'hollow'))).toEqual([]);
  const before = cable.stats.bytesFromNode;
  node.flash.writeFile('/app/main.py', 'print("hullo")\n');
  const again = await device.pull('/app', here);
  expect(again.files.filter(({ action }) => action !== 'unchanged').map(({ path }) => path)).toEqual([
    'main.py',
  ]);
  expect(cable.stats.bytesFromNode - before).toBeLessThan(2000);
});

it('tells how far it is', async () => {
  const { device } = await connected({ files: onBoard(tree) });
  const seen: SyncProgress[] = [];
  const { bytes } = await device.pull('/app', await localTree(), {
    onProgress: (progress) => seen.push(progress),
  });
  for (const { bytesDone, bytesLeft, filesDone, filesLeft } of seen) {
    expect([bytesDone + bytesLeft, filesDone + filesLeft]).toEqual([bytes, 4]);
  }
  // A long file is not one step.
  expect(seen.filter(({ path }) => path === 'lib/big.bin').length).toBeGreaterThan(5);
  expect(seen.at(-1)).toMatchObject({ filesDone: 4, filesLeft: 0, bytesDone: bytes, bytesLeft: 0 });
});

it('deletes, protects, excludes and only tells, as syncTree does', async () => {
  const { device } = await connected({ files: onBoard({ 'a.py': '1', 'b.log': '2' }) });
  const here = await localTree({ 'old.py': '1', 'notes.md': '1' });
  const options = { delete: true, protect: ['*.md'], exclude: ['*.log'] };
  const plan = await device.pull('/app', here, { ...options, dryRun: true });
  expect(plan.files.map(({ path, action }) => [path, action])).toEqual([
    ['a.py', 'created'],
    ['notes.md', 'kept'],
    ['old.py', 'deleted'],
  ]);
  expect(Object.keys(await contents(here))).toEqual(['notes.md', 'old.py']);
  await device.pull('/app', here, options);
  expect(Object.keys(await contents(here))).toEqual(['a.py', 'notes.md']);
});

it('changes nothing where the board has no such directory', async () => {
  const { device } = await connected();
  const here = await localTree({ 'a.py': '1' });
  await expect(device.pull('/none', here, { delete: true })).rejects.toMatchObject({ code: 'DEVICE_PATH' });
  expect(Object.keys(await contents(here))).toEqual(['a.py']);
});

it('keeps the old file here where the cable is pulled in the middle', async () => {
  const { device, cable } = await connected({ files: onBoard({ 'a.bin': randomBytes(30_000) }) }, esp32);
  const here = await localTree();
  await mkdir(join(here, 'sub'));
  await writeFile(join(here, 'a.bin'), 'old');
  const pulling = device.pull('/app', here);
  const pull = setInterval(() => {
    if (cable.stats.bytesFromNode > 8000) cable.destroy();
  }, 5);
  await expect(pulling).rejects.toMatchObject({ code: 'LINK_LOST' });
  clearInterval(pull);
  expect(await contents(here)).toEqual(base64({ 'a.bin': 'old' }));
});

it('is the mirror of syncTree where names change their kind, and for directories that become empty', async () => {
  const { device, node } = await connected({ files: onBoard({ a: 'file', 'b/c': 'in a directory' }) });
  node.flash.mkdir('/app/new');
  const here = await localTree({ 'a/x': '1', 'a/deep/y': '2', b: '3', 'old/empty/': '', 'old/z.py': '4' });
  await expect(device.pull('/app', here)).rejects.toMatchObject({ code: 'ENOTDIR', path: 'b' });
  const keeping = { delete: true, protect: ['x'] };
  await expect(device.pull('/app', here, keeping)).rejects.toMatchObject({ code: 'EISDIR', path: 'a' });
  const excluding = { delete: true, exclude: ['y'] };
  await expect(device.pull('/app', here, excluding)).rejects.toMatchObject({ code: 'EISDIR', path: 'a' });
  expect(Object.keys(await contents(here))).toEqual(['a/deep/y', 'a/x', 'b', 'old/z.py']);
  await device.pull('/app', here, { delete: true });
  expect((await readdir(here, { recursive: true })).sort()).toEqual(['a', 'b', 'b/c', 'new']);
});

it('leaves a directory that holds what is excluded', async () => {
  const { device } = await connected({ files: onBoard({ 'a.py': '1' }) });
  const here = await localTree({ 'logs/today.log': '1', 'logs/old.py': '2', 'gone/old.py': '3' });
  await device.pull('/app', here, { delete: true, exclude: ['*.log'] });
  expect((await readdir(here, { recursive: true })).sort()).toEqual(['a.py', 'logs', 'logs/today.log']);
});

it('puts a file in the place of a link that leads nowhere', async () => {
  const { device } = await connected({ files: onBoard({ 'a.py': '1' }) });
  const here = await localTree();
  await symlink('/nowhere/at/all', join(here, 'a.py'));
  await symlink('/nowhere/at/all', join(here, 'b.py'));
  const { skipped } = await device.pull('/app', here, { delete: true });
  expect(skipped).toEqual(['b.py']);
  expect(await readFile(join(here, 'a.py'), 'utf8')).toBe('1');
  expect((await readdir(here)).sort()).toEqual(['a.py', 'b.py']);
});

it.each([
  ['linux', ['a:b', 'CON', 'Readme', 'readme', 'x. '], ['a/../b', '../a', 'a//b', './a']],
  ['darwin', ['a:b', 'CON', 'x. '], ['../a']],
  [
    'win32',
    ['console.py', 'lib/common.py', '.hidden'],
    ['a:b', 'CON', 'lib/com1.py', 'nul.txt', 'x.', 'x ', 'a\\b', 'a?'],
  ],
] as const)('takes only names that %s keeps', (platform, good, bad) => {
  expect(() => {
    requireLocalNames([...good], platform);
  }).not.toThrow();
  for (const name of bad) {
    expect(() => {
      requireLocalNames(['fine.py', name], platform);
    }, name).toThrow(expect.objectContaining({ code: 'DEVICE_PATH' }) as Error);
  }
});

it.each(['darwin', 'win32'] as const)('takes no two names that are one file on %s', (platform) => {
  expect(() => {
    requireLocalNames(['lib/Readme.md', 'lib/README.md'], platform);
  }).toThrow(/one file on this computer/);
});
