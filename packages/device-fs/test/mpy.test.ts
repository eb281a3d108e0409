import { expect, it } from 'vitest';
import { compileMpy, requireMpy } from '../src/mpy/compile.ts';
import { connected } from './helpers/boards.ts';
import { localTree, treeOf } from './helpers/trees.ts';

it('sends modules compiled, so that the board imports those and no old source', async () => {
  const { device, node } = await connected({ files: { '/lib/word.py': 'WORD = "old"' } });
  const local = await localTree({
    'main.py': 'x = 1\n',
    'lib/word.py': 'WORD = "new"\n',
    'lib/data.txt': 'd',
  });
  const { files } = await device.syncTree(local, '/', { mpy: true });
  expect(files.map(({ path, action }) => `${path} ${action}`)).toEqual([
    'lib/data.txt created',
    'lib/word.mpy created',
    'lib/word.py deleted',
    'main.py created',
  ]);
  expect(Object.keys(treeOf(node, '/'))).toEqual(['lib/data.txt', 'lib/word.mpy', 'main.py']);
  expect(await device.exec('import word\nprint(word.WORD)')).toBe('new\n');
  const again = await device.syncTree(local, '/', { mpy: true });
  expect(new Set(again.files.map(({ action }) => action))).toEqual(new Set(['unchanged']));
});

it('refuses source that does not compile, before anything is sent', async () => {
  const { device, node } = await connected();
  const local = await localTree({ 'a.py': 'x = 1', 'bad.py': 'def (' });
  const syncing = device.syncTree(local, '/', { mpy: true });
  await expect(syncing).rejects.toMatchObject({ code: 'DEVICE_MPY' });
  await expect(syncing).rejects.toThrow(/bad\.py.*SyntaxError/s);
  expect(node.flash.files()).toEqual([]);
});

it('refuses a source and a compiled file that would have one name', async () => {
  const { device, node } = await connected();
  const local = await localTree({ 'lib/a.py': 'x = 1', 'lib/a.mpy': 'M\x06' });
  const syncing = device.syncTree(local, '/', { mpy: true });
  await expect(syncing).rejects.toMatchObject({ code: 'DEVICE_MPY' });
  await expect(syncing).rejects.toThrow(/lib\/a\.py.*lib\/a\.mpy/);
  expect(node.flash.files()).toEqual([]);
  await device.syncTree(local, '/', { mpy: true, exclude: ['a.mpy'] });
  expect(Object.keys(treeOf(node, '/'))).toEqual(['lib/a.mpy']);
});

it('makes version 6, and refuses a board that loads another', async () => {
  const [code] = await compileMpy([{ path: 'a.py', text: 'x = 1' }]);
  expect(code?.subarray(0, 2)).toEqual(Buffer.of(0x4d, 6));
  const { device } = await connected();
  const firmware = await device.firmware();
  expect(() => {
    requireMpy(firmware);
  }).not.toThrow();
  for (const mpy of [0, 5 | (10 << 10), 7]) {
    expect(() => {
      requireMpy({ ...firmware, mpy });
    }).toThrow(expect.objectContaining({ code: 'DEVICE_MPY' }) as Error);
  }
});
