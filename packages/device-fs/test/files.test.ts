import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Flash } from '@ota/testbed';
import { describe, expect, it } from 'vitest';
import { connected, esp32, versions } from './helpers/boards.ts';

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const oddNames = ["it's", 'a "b"', 'zwölf ☃.txt', 'a  b', 'back\\slash', '{}%s', '.hidden', '#1'];

describe.each(versions)('the files of a board with MicroPython %s', (micropython) => {
  it('carry all bytes there and back', async () => {
    const { device, node } = await connected({ micropython });
    const contents = [
      allBytes,
      Buffer.alloc(0),
      Buffer.concat([allBytes, allBytes.toReversed()]),
      randomBytes(40_000),
      Buffer.alloc(70_000, '\r\n\x04\x03'),
      Buffer.from('\x10P\x10D\x10E\x04\x00'.repeat(99), 'latin1'),
    ];
    for (const content of contents) {
      await device.files.writeFile('/data.bin', content);
      expect(Buffer.from(node.flash.readFile('/data.bin')).equals(content)).toBe(true);
      expect((await device.files.readFile('/data.bin')).equals(content)).toBe(true);
    }
  });

  it('keep odd names', async () => {
    const { device, node } = await connected({ micropython });
    for (const name of oddNames) {
      await device.files.writeFile(`/${name}`, name);
      expect(node.flash.readText(`/${name}`)).toBe(name);
    }
    const listed = await device.files.readdir('/');
    expect(listed.map(({ name }) => name)).toEqual([...oddNames].sort());
  });
});

describe('the files of a board', () => {
  it('are listed, described and found', async () => {
    const { device } = await connected({ files: { '/lib/a.py': 'abc', '/main.py': '1' } });
    const { files } = device;
    expect(await files.readdir('/')).toEqual([
      { name: 'lib', isDirectory: true, size: undefined },
      { name: 'main.py', isDirectory: false, size: 1 },
    ]);
    expect(await files.stat('/lib/a.py')).toMatchObject({ size: 3, isFile: true, isDirectory: false });
    expect((await files.stat('/lib')).isDirectory).toBe(true);
    const age = Date.now() - ((await files.stat('/lib/a.py')).modified?.getTime() ?? 0);
    expect(Math.abs(age)).toBeLessThan(120_000);
    expect(await files.exists('/lib/a.py')).toBe(true);
    expect(await files.exists('/lib/b.py')).toBe(false);
    expect(await files.exists('/main.py/b.py')).toBe(false);
    expect(await files.sha256('/lib/a.py')).toBe(createHash('sha256').update('abc').digest('hex'));
    const walked: string[] = [];
    for await (const { path } of files.walk('/')) walked.push(path);
    expect(walked).toEqual(['/lib', '/lib/a.py', '/main.py']);
  });

  it('are made, moved, copied and removed', async () => {
    const { device, node } = await connected({ files: { '/a': 'A', '/b': 'B' } });
    const { files } = device;
    await files.mkdir('/x/y/z', { recursive: true });
    await files.mkdir('/x/y/z', { recursive: true });
    await files.mkdir('/w');
    await files.rename('/a', '/b');
    expect(node.flash.readText('/b')).toBe('A');
    await files.copy('/b', '/x/y/z/c');
    expect(node.flash.readText('/x/y/z/c')).toBe('A');
    await files.rmdir('/w');
    await files.rm('/x', { recursive: true });
    await files.rm('/b');
    await files.rm('/b', { force: true });
    expect(node.flash.image()).toEqual({ files: new Map(), directories: [] });
  });

  it('grow at the end', async () => {
    const { device, node } = await connected();
    const long = randomBytes(3000);
    await device.files.appendFile('/log', 'one\n');
    await device.files.appendFile('/log', long);
    await device.files.appendFile('/log', '');
    const expected = Buffer.concat([Buffer.from('one\n'), long]);
    expect(Buffer.from(node.flash.readFile('/log')).equals(expected)).toBe(true);
    await device.files.appendFile('/empty', '');
    expect(node.flash.readText('/empty')).toBe('');
  });

  it('are written from streams', async () => {
    const { device, node } = await connected();
    const pieces = [randomBytes(10), randomBytes(20_000), randomBytes(30_001)];
    await device.files.writeFile('/data', Readable.from(pieces));
    expect(Buffer.from(node.flash.readFile('/data')).equals(Buffer.concat(pieces))).toBe(true);
    expect(node.flash.exists('/.ota~')).toBe(false);
  });

  it('are read as streams, in pieces that are checked', async () => {
    const content = Buffer.concat([allBytes, randomBytes(16 * 1024 * 3 - 256)]);
    const lose = (direction: string, index: number) =>
      direction === 'fromNode' && index === 30_000 ? 'drop' : undefined;
    const { device } = await connected(
      { files: { '/whole': content, '/odd': content.subarray(0, 20_001), '/empty': '' } },
      { loss: lose },
      { stepMs: 250 },
    );
    for (const [path, expected] of [
      ['/whole', content],
      ['/odd', content.subarray(0, 20_001)],
      ['/empty', Buffer.alloc(0)],
    ] as const) {
      const pieces: Buffer[] = [];
      for await (const piece of device.files.createReadStream(path)) pieces.push(piece as Buffer);
      expect(Buffer.concat(pieces).equals(expected)).toBe(true);
    }
    const none = device.files.createReadStream('/none');
    await expect(none.toArray()).rejects.toMatchObject({ code: 'ENOENT', path: '/none' });
    await device.files.writeFile('/copy', device.files.createReadStream('/whole'));
    expect((await device.files.readFile('/copy')).equals(content)).toBe(true);
  });

  it('end a stream when its signal says so, or its reader has had enough', async () => {
    const { device } = await connected({ files: { '/whole': randomBytes(100_000) } });
    const reason = new Error('enough');
    const stopped = device.files.createReadStream('/whole', { signal: AbortSignal.abort(reason) });
    await expect(stopped.toArray()).rejects.toBe(reason);
    for await (const piece of device.files.createReadStream('/whole')) {
      expect((piece as Buffer).length).toBeGreaterThan(0);
      break;
    }
    expect(await device.eval('1')).toBe(1);
  });

  it('tell what space there is', async () => {
    const { device } = await connected({ flash: Flash.memory({ sizeBytes: 100 * 4096 }) });
    expect(await device.files.statvfs()).toMatchObject({ blockSize: 4096, totalBlocks: 100 });
  });

  it('refuse as those of Node do', async () => {
    const { device } = await connected({ files: { '/d/f': '1', '/f': '1' } });
    const { files } = device;
    const refused = [
      { doing: files.readFile('/none'), code: 'ENOENT', syscall: 'open', path: '/none' },
      { doing: files.stat('/none'), code: 'ENOENT', syscall: 'stat', path: '/none' },
      { doing: files.readdir('/none'), code: 'ENOENT', syscall: 'scandir', path: '/none' },
      { doing: files.mkdir('/d'), code: 'EEXIST', syscall: 'mkdir', path: '/d' },
      { doing: files.rm('/d'), code: 'EISDIR', syscall: 'rm', path: '/d' },
      { doing: files.rm('/none'), code: 'ENOENT', syscall: 'rm', path: '/none' },
      { doing: files.rmdir('/d'), code: 'ENOTEMPTY', syscall: 'rmdir', path: '/d' },
      { doing: files.rmdir('/f'), code: 'ENOTDIR', syscall: 'rmdir', path: '/f' },
      { doing: files.rename('/none', '/x'), code: 'ENOENT', syscall: 'rename', path: '/none' },
      { doing: files.writeFile('/none/f', '1'), code: 'ENOENT', syscall: 'open' },
    ];
    for (const { doing, ...expected } of refused) await expect(doing).rejects.toMatchObject(expected);
    await expect(files.readFile('')).rejects.toMatchObject({ code: 'DEVICE_PATH' });
    await expect(files.stat('/a\0b')).rejects.toMatchObject({ code: 'DEVICE_PATH' });
    await expect(files.writeFile(`/${'ü'.repeat(128)}`, '')).rejects.toMatchObject({ code: 'DEVICE_PATH' });
  });

  it.each(['/', '//', '.', './', '..', 'a/..', '/d/..', './d/../..', '../d'])(
    'stay where the root is to be removed by its name %s',
    async (path) => {
      const { device, node } = await connected({ files: { '/d/f': '1' } });
      const removing = device.files.rm(path, { recursive: true, force: true });
      await expect(removing).rejects.toMatchObject({ code: 'DEVICE_PATH' });
      expect(node.flash.readText('/d/f')).toBe('1');
    },
  );

  it('keep the old content where the new one does not fit', async () => {
    const flash = Flash.memory({ sizeBytes: 12 * 4096 });
    const { device, node } = await connected({ flash, files: { '/f': 'old' } });
    await expect(device.files.writeFile('/f', randomBytes(60_000))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(node.flash.readText('/f')).toBe('old');
    expect(node.flash.exists('/.ota~')).toBe(false);
  });

  it('show the old content until the new one is whole', async () => {
    const { device, cable, node } = await connected({ files: { '/f': 'old' } }, esp32);
    const before = cable.stats.bytesToNode;
    const writing = device.files.writeFile('/f', randomBytes(30_000));
    const pull = setInterval(() => {
      if (cable.stats.bytesToNode > before + 25_000) cable.destroy();
    }, 5);
    await expect(writing).rejects.toMatchObject({ code: 'LINK_LOST' });
    clearInterval(pull);
    expect(node.flash.readText('/f')).toBe('old');
  });

  it('are left alone where bytes of the order change on the way', async () => {
    const content = { '/a': 'A', '/b': 'B' };
    let hit = -1;
    const loss = (direction: string, index: number) =>
      direction === 'toNode' && index === hit ? ({ changeTo: 0x62 } as const) : undefined;
    const { device, cable, node } = await connected({ files: content }, { loss });
    // Wherever one byte becomes a `b`: never is the other file removed.
    for (let offset = 4; offset < 700; offset += 7) {
      node.flash.writeFile('/a', 'A');
      hit = cable.stats.bytesToNode + offset;
      await device.files.rm('/a');
      expect(node.flash.exists('/a')).toBe(false);
      expect(node.flash.exists('/b')).toBe(true);
    }
  });
});
