import { randomBytes } from 'node:crypto';
import { Flash, plugIn, type VirtualNode } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MicroPythonDevice, type SyncOptions, type SyncProgress } from '../src/index.ts';
import { connected, esp32, startNode, versions } from './helpers/boards.ts';
import { localTree, treeOf } from './helpers/trees.ts';

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const oddTree = {
  'main.py': 'print("hello")\n',
  'empty.txt': '',
  'lib/all.bin': allBytes,
  'lib/big.bin': randomBytes(50_000),
  'lib/zeros.bin': Buffer.alloc(30_000),
  "a b/it's.txt": 'x',
  'a b/zwölf "☃".txt': 'y',
  'd/e/f/g/h/i/j/k/l/m.txt': 'deep',
};

const actions = (files: readonly { path: string; action: string }[]) =>
  Object.fromEntries(files.map(({ path, action }) => [path, action]));

describe.each(versions)('syncTree to MicroPython %s', (micropython) => {
  it('brings any tree to the board, and nothing where nothing changed', async () => {
    const { device, node, cable } = await connected({ micropython });
    const local = await localTree(oddTree);
    const { files, bytes } = await device.syncTree(local, '/app/x');
    expect(new Set(files.map(({ action }) => action))).toEqual(new Set(['created']));
    expect(bytes).toBe(Object.values(oddTree).reduce((sum, content) => sum + Buffer.byteLength(content), 0));
    expect(treeOf(node, '/app/x')).toEqual(asBuffers(oddTree));
    const before = node.flash.operations.length;
    const sent = cable.stats.bytesToNode;
    const again = await device.syncTree(local, '/app/x');
    expect(again.bytes).toBe(0);
    expect(new Set(again.files.map(({ action }) => action))).toEqual(new Set(['unchanged']));
    expect(node.flash.operations.length).toBe(before);
    expect(cable.stats.bytesToNode - sent).toBeLessThan(2000);
  });
});

describe('syncTree', () => {
  it('sends what differs, by content and not by date', async () => {
    const { device, node } = await connected({
      files: { '/a.py': 'same', '/b.py': 'old', '/c.py': 'longer' },
    });
    const local = await localTree({ 'a.py': 'same', 'b.py': 'new', 'c.py': 'short', 'd.py': 'more' });
    const { files, bytes } = await device.syncTree(local, '/');
    expect(actions(files)).toEqual({
      'a.py': 'unchanged',
      'b.py': 'updated',
      'c.py': 'updated',
      'd.py': 'created',
    });
    expect(bytes).toBe(12);
    expect(node.flash.readText('/b.py')).toBe('new');
  });

  it('leaves alone what is only on the board, unless told to delete it', async () => {
    const { device, node } = await connected({ files: { '/old/x.py': '1', '/old/y/z.py': '2' } });
    const local = await localTree({ 'main.py': '1' });
    expect(actions((await device.syncTree(local, '/')).files)).toEqual({
      'main.py': 'created',
      'old/x.py': 'kept',
      'old/y/z.py': 'kept',
    });
    const { files } = await device.syncTree(local, '/', { delete: true });
    expect(actions(files)).toEqual({
      'main.py': 'unchanged',
      'old/x.py': 'deleted',
      'old/y/z.py': 'deleted',
    });
    expect(node.flash.exists('/old')).toBe(false);
  });

  it('does not do again what is done, where only the answer was lost', async () => {
    const node = await startNode();
    const local = await localTree({ 'a.bin': randomBytes(20_000), 'b.py': '1', 'c.py': '2' });
    let lost = 0;
    const cable = plugIn(node.console, {
      // The end of a.bin travels with the other files: the first byte that the board says after it has them is lost.
      loss: (way) =>
        way === 'fromNode' && lost === 0 && node.flash.exists('/c.py') && ++lost > 0 ? 'drop' : undefined,
    });
    const device = await MicroPythonDevice.connect(cable, { stepMs: 250 });
    onTestFinished(() => device.close());
    await device.syncTree(local, '/');
    expect(lost).toBe(1);
    const again = await device.syncTree(local, '/');
    expect(new Set(again.files.map(({ action }) => action))).toEqual(new Set(['unchanged']));
  });

  it('never deletes what is protected or excluded', async () => {
    const { device, node } = await connected({
      files: { '/wifisettings.py': 's', '/data/log.txt': 'l', '/data/tmp/x': 'x', '/junk.py': 'j' },
    });
    const local = await localTree({ 'main.py': '1' });
    const options: SyncOptions = { delete: true, protect: ['/*settings.py'], exclude: ['log.txt'] };
    const { files } = await device.syncTree(local, '/', options);
    expect(actions(files)).toEqual({
      'data/log.txt': 'kept',
      'data/tmp/x': 'deleted',
      'junk.py': 'deleted',
      'main.py': 'created',
      'wifisettings.py': 'kept',
    });
    expect(Object.keys(treeOf(node, '/'))).toEqual(['data/log.txt', 'main.py', 'wifisettings.py']);
  });

  it('leaves out what the rules exclude, and takes what they include again', async () => {
    const { device, node } = await connected();
    const local = await localTree({
      '.otaignore': '# notes\n*.md\ntests/\n',
      'readme.md': '1',
      'keep.md': '1',
      'tests/a.py': '1',
      'main.py': '1',
      'main.pyc': '1',
      '__pycache__/x.pyc': '1',
      'sub/a.log': '1',
    });
    await device.syncTree(local, '/', { exclude: ['*.pyc', 'sub/*.log'], include: ['keep.md'] });
    expect(Object.keys(treeOf(node, '/'))).toEqual(['keep.md', 'main.py']);
  });

  it('only tells in a dry run', async () => {
    const { device, node } = await connected({ files: { '/gone.py': '1' } });
    const local = await localTree({ 'main.py': '12', 'lib/a.py': '3' });
    const before = node.flash.image();
    const { files, bytes } = await device.syncTree(local, '/', { dryRun: true, delete: true });
    expect(actions(files)).toEqual({ 'gone.py': 'deleted', 'lib/a.py': 'created', 'main.py': 'created' });
    expect(bytes).toBe(3);
    expect(node.flash.image()).toEqual(before);
  });

  it('puts a file where a directory was, and the other way round, only if it may delete', async () => {
    const { device, node } = await connected({ files: { '/a': 'file', '/b/c': 'in a directory' } });
    const local = await localTree({ 'a/x': '1', b: '2' });
    await expect(device.syncTree(local, '/')).rejects.toMatchObject({ code: 'ENOTDIR', path: 'a' });
    const keeping: SyncOptions = { delete: true, protect: ['c'] };
    await expect(device.syncTree(local, '/', keeping)).rejects.toMatchObject({ code: 'EISDIR', path: 'b' });
    await device.syncTree(local, '/', { delete: true });
    expect(treeOf(node, '/')).toEqual(asBuffers({ 'a/x': '1', b: '2' }));
  });

  it('makes empty directories too', async () => {
    const { device, node } = await connected();
    await device.syncTree(await localTree({ 'a/b/': '' }), '/');
    expect(node.flash.image().directories).toEqual(['/a', '/a/b']);
  });

  it('tells how far it is', async () => {
    const { device } = await connected();
    const seen: SyncProgress[] = [];
    const local = await localTree({ 'a.bin': randomBytes(40_000), 'b.py': '12345' });
    await device.syncTree(local, '/', { onProgress: (progress) => seen.push(progress) });
    for (const { bytesDone, bytesLeft, filesDone, filesLeft } of seen) {
      expect(bytesDone + bytesLeft).toBe(40_005);
      expect(filesDone + filesLeft).toBe(2);
    }
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toEqual({
      path: 'b.py',
      filesDone: 2,
      filesLeft: 0,
      bytesDone: 40_005,
      bytesLeft: 0,
    });
  });

  it('refuses before the first byte when the space will not do', async () => {
    const flash = Flash.memory({ sizeBytes: 20 * 4096 });
    const { device, node } = await connected({ flash, files: { '/a.bin': randomBytes(30_000) } });
    const before = node.flash.operations.length;
    const tooMuch = await localTree({ 'small.py': '1', 'b.bin': randomBytes(60_000) });
    await expect(device.syncTree(tooMuch, '/')).rejects.toMatchObject({
      code: 'ENOSPC',
      cause: { message: expect.stringMatching(/bytes are free, and \d+ more/) as string },
    });
    expect(node.flash.operations.length).toBe(before);
    // The same fits in the room of what is deleted.
    await device.syncTree(tooMuch, '/', { delete: true });
    expect(Object.keys(treeOf(node, '/'))).toEqual(['b.bin', 'small.py']);
  });

  it('needs room for a new version beside the old one', async () => {
    const flash = Flash.memory({ sizeBytes: 20 * 4096 });
    const { device, node } = await connected({ flash, files: { '/a.bin': Buffer.alloc(40_000) } });
    const local = await localTree({ 'a.bin': randomBytes(40_000) });
    await expect(device.syncTree(local, '/')).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(node.flash.readFile('/a.bin').equals(Buffer.alloc(40_000))).toBe(true);
  });

  it('works with little memory', async () => {
    const { device, node } = await connected();
    const tree = { 'a.bin': randomBytes(9000), 'b.py': 'print(1)\n'.repeat(500), 'c.py': '' };
    await device.syncTree(await localTree(tree), '/', { memoryBytes: 6000 });
    expect(treeOf(node, '/')).toEqual(asBuffers(tree));
  });

  it('is fast over the link of a real UART, and loses nothing', async () => {
    const { device, node, cable } = await connected({}, esp32);
    const tree = { 'a.bin': randomBytes(20_000), 'b.py': 'print("hello")\n'.repeat(2000) };
    const started = performance.now();
    await device.syncTree(await localTree(tree), '/', { memoryBytes: 110_000 });
    // 20 000 random bytes alone are 1.8 s on the wire, and 3 % more as a literal.
    expect(performance.now() - started).toBeLessThan(4000);
    expect(treeOf(node, '/')).toEqual(asBuffers(tree));
    expect(cable.stats.lostBytes).toBe(0);
  });

  it('finishes what another one had begun, and leaves no trace of it', async () => {
    const tree = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}.bin`, randomBytes(3000)]));
    const { device, node, cable } = await connected({}, esp32);
    const local = await localTree(tree);
    const syncing = device.syncTree(local, '/', { memoryBytes: 40_000 });
    const pull = setInterval(() => {
      if (cable.stats.bytesToNode > 20_000) cable.destroy();
    }, 5);
    await expect(syncing).rejects.toMatchObject({ code: 'LINK_LOST' });
    clearInterval(pull);
    const half = treeOf(node, '/');
    delete half['.ota~'];
    for (const [path, content] of Object.entries(half))
      expect(content.equals(tree[path] ?? Buffer.alloc(0))).toBe(true);
    const again = await reconnect(node);
    const { bytes } = await again.syncTree(local, '/');
    expect(bytes).toBe(3000 * (12 - Object.keys(half).length));
    expect(treeOf(node, '/')).toEqual(asBuffers(tree));
  });

  it('gives up when its signal says so', async () => {
    const { device } = await connected();
    const reason = new Error('enough');
    const controller = new AbortController();
    const local = await localTree({ 'a.bin': randomBytes(100_000) });
    const syncing = device.syncTree(local, '/', {
      signal: controller.signal,
      onProgress: () => {
        controller.abort(reason);
      },
    });
    await expect(syncing).rejects.toBe(reason);
    expect(await device.eval('1')).toBe(1);
  });

  it('ends in its time', async () => {
    const { device } = await connected({}, esp32);
    const local = await localTree({ 'a.bin': randomBytes(100_000) });
    const started = performance.now();
    await expect(device.syncTree(local, '/', { timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'REPL_TIMEOUT',
    });
    expect(performance.now() - started).toBeLessThan(2500);
  });
});

function asBuffers(tree: Record<string, string | Buffer>): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, content]) => [path, Buffer.from(content as string)]),
  );
}

async function reconnect(node: VirtualNode) {
  const { MicroPythonDevice } = await import('../src/index.ts');
  const { onTestFinished } = await import('vitest');
  const device = await MicroPythonDevice.connect(plugIn(node.console));
  onTestFinished(() => device.close());
  return device;
}
