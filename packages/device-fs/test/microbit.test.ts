import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it } from 'vitest';
import { localTree } from './helpers/trees.ts';
import { microbit } from './helpers/microbit.ts';

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** MicroPython 1.9.2: no raw paste, no directories, no rename, no hashlib, 8 kB of heap. */
describeWithTools(['qemu-system-arm'], 'a micro:bit', () => {
  it('runs code, gives values and exceptions, and stops what runs', async () => {
    const { device } = await microbit();
    expect(await device.exec('print("hello")')).toBe('hello\n');
    expect(await device.eval("[1, 'two', b'\\x03', None]")).toEqual([1, 'two', Buffer.of(3), null]);
    await expect(device.exec('1/0')).rejects.toMatchObject({ exception: 'ZeroDivisionError' });
    await expect(device.exec('while True: pass', { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'REPL_TIMEOUT',
    });
    expect(await device.eval('1 + 1')).toBe(2);
    expect(await device.firmware()).toMatchObject({ version: '1.9.2', directories: false, rename: false });
  });

  it('keeps files of all bytes', async () => {
    const { device } = await microbit();
    const { files } = device;
    await files.writeFile('/all.bin', allBytes);
    expect((await files.readFile('/all.bin')).equals(allBytes)).toBe(true);
    expect((await files.readFile('all.bin')).equals(allBytes)).toBe(true);
    expect(await files.readdir('/')).toEqual([{ name: 'all.bin', isDirectory: false, size: 256 }]);
    expect(await files.stat('/all.bin')).toMatchObject({ size: 256, isFile: true });
    expect(await files.exists('/none')).toBe(false);
    await files.rm('/all.bin');
    expect(await files.readdir('/')).toEqual([]);
    await expect(files.readFile('/none')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.mkdir('/d')).rejects.toMatchObject({ code: 'DEVICE_UNSUPPORTED' });
    await expect(files.rename('/a', '/b')).rejects.toMatchObject({ code: 'DEVICE_UNSUPPORTED' });
  });

  it('gets a flat tree, and then only what changed', async () => {
    const { device } = await microbit();
    const tree = {
      'main.py': 'print("main")\n',
      'data.bin': Buffer.concat([allBytes, allBytes]),
      'empty.txt': '',
    };
    const first = await device.syncTree(await localTree(tree), '/');
    expect(first.files.map(({ action }) => action)).toEqual(['created', 'created', 'created']);
    expect((await device.files.readFile('data.bin')).equals(tree['data.bin'])).toBe(true);
    const changed = await localTree({ ...tree, 'main.py': 'print("MAIN")\n' });
    const second = await device.syncTree(changed, '/', { delete: true });
    expect(second.files.map(({ path, action }) => `${path} ${action}`)).toEqual([
      'data.bin unchanged',
      'empty.txt unchanged',
      'main.py updated',
    ]);
    expect((await device.files.readFile('main.py')).toString()).toBe('print("MAIN")\n');
    const third = await device.syncTree(await localTree({ 'main.py': 'print("MAIN")\n' }), '/', {
      delete: true,
    });
    expect(third.files.filter(({ action }) => action === 'deleted').length).toBe(2);
    expect((await device.files.readdir('/')).map(({ name }) => name)).toEqual(['main.py']);
    const deep = await localTree({ 'lib/a.py': '1' });
    await expect(device.syncTree(deep, '/')).rejects.toMatchObject({ code: 'DEVICE_UNSUPPORTED' });
  });
});
