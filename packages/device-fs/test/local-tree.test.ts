import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compareTrees } from '../src/sync/compare.ts';
import { PathFilter } from '../src/sync/filter.ts';
import { readLocalTree } from '../src/sync/local-tree.ts';
import { requireSpace } from '../src/sync/space.ts';
import { connected } from './helpers/boards.ts';
import { localTree, treeOf } from './helpers/trees.ts';

const names = (files: readonly { path: string }[]) => files.map(({ path }) => path);

it('leaves out links that lead nowhere, and says so, unless they are excluded', async () => {
  const local = await localTree({ 'main.py': '1', 'lib/a.py': '2' });
  await symlink('/nowhere/at/all', join(local, 'lib/broken.py'));
  await symlink('itself', join(local, 'itself'));
  await symlink('/nowhere/at/all', join(local, 'excluded.log'));
  await symlink('/nowhere/at/all', join(local, 'build'));
  const { device, node } = await connected({
    files: { '/lib/broken.py': 'stays', '/itself/x': 'stays', '/old.py': 'goes' },
  });
  const options = { delete: true, exclude: ['*.log', 'build/'] };
  const { files, skipped } = await device.syncTree(local, '/', options);
  expect(skipped).toEqual(['itself', 'lib/broken.py']);
  expect(names(files)).toEqual(['itself/x', 'lib/a.py', 'lib/broken.py', 'main.py', 'old.py']);
  expect(Object.keys(treeOf(node, '/'))).toEqual(['itself/x', 'lib/a.py', 'lib/broken.py', 'main.py']);
  expect((await device.syncTree(await localTree(), '/', { exclude: ['*'] })).skipped).toEqual([]);
});

it('follows links to directories, but not in circles', async () => {
  const elsewhere = await localTree({ 'b.py': '2' });
  const local = await localTree({ 'lib/a.py': '1' });
  await symlink(elsewhere, join(local, 'linked'));
  await symlink(elsewhere, join(local, 'again'));
  await symlink('..', join(local, 'lib/up'));
  await mkdir(join(local, 'deep/er'), { recursive: true });
  await symlink(local, join(local, 'deep/er/root'));
  const tree = await readLocalTree(local, {});
  expect(names(tree.files)).toEqual(['again/b.py', 'lib/a.py', 'linked/b.py']);
  expect(tree.skipped).toEqual(['deep/er/root', 'lib/up']);
});

it('leaves out what an interrupted pull has left here', async () => {
  const local = await localTree({ 'a.py': '1', 'b.bin.ota~': 'half', '.ota~': 'half' });
  expect(names((await readLocalTree(local, {})).files)).toEqual(['a.py']);
  expect(names((await readLocalTree(local, { include: ['b.bin.ota~'] })).files)).toEqual([
    'a.py',
    'b.bin.ota~',
  ]);
});

it('refuses for want of space only what cannot fit: LittleFS keeps tiny files with their directory', () => {
  const space = {
    blockSize: 4096,
    totalBlocks: 64,
    freeBlocks: 2,
    totalBytes: 64 * 4096,
    freeBytes: 2 * 4096,
  };
  const planOf = (sizes: readonly number[]) => {
    const files = sizes.map((size, index) => ({ path: `f${index}`, size, digest: 1, content: () => [] }));
    const source = { files, directories: [], filter: new PathFilter([]), skipped: [] };
    const target = { files: new Map<string, never>(), directories: new Set<string>(), name: 'the board' };
    const options = { delete: false, protect: new PathFilter([]), replaced: new Set<string>() };
    return compareTrees(source, target, { ...options, isSame: () => false });
  };
  const remote = { space, files: new Map<string, never>() };
  const check = (sizes: readonly number[]) => () => {
    requireSpace(planOf(sizes), remote, '/');
  };
  expect(check([...Array<number>(9).fill(512), 0, 4096, 513])).not.toThrow();
  expect(check([4096, 513, 513])).toThrow(expect.objectContaining({ code: 'ENOSPC' }) as Error);
  expect(check([3 * 4096])).toThrow(expect.objectContaining({ code: 'ENOSPC' }) as Error);
});
