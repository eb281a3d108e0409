import { randomBytes } from 'node:crypto';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connected, esp32, versions } from './helpers/boards.ts';
import { everyByte } from './helpers/specified-boards.ts';
import { localTree } from './helpers/trees.ts';

describe.each(versions)('a mounted directory on MicroPython %s', (micropython) => {
  it('is imported from without being copied', async () => {
    const { device, node } = await connected({ micropython });
    const here = await localTree({
      'greet.py': `from helper.words import WORD\ndef greet():\n    return WORD * 2\n# ${'long '.repeat(500)}\n`,
      'helper/__init__.py': '',
      'helper/words.py': 'WORD = "ü"\n',
    });
    await device.mount(here);
    expect(await device.exec('import greet\nprint(greet.greet())')).toBe('üü\n');
    // What changes here is seen there at once.
    await writeFile(join(here, 'late.py'), 'print("late")');
    expect(await device.exec('import late')).toBe('late\n');
    expect(node.flash.files()).toEqual([]);
  });
});

describe('a mounted directory', () => {
  it('is read as any other', async () => {
    const { device } = await connected();
    const content = randomBytes(1000);
    const here = await localTree({ 'a/b.bin': content, 'lines.txt': 'one\ntwo\n' });
    const mount = await device.mount(here, { mountPoint: '/pc' });
    const code = `
import os
print(sorted(os.listdir('/pc')), os.stat('/pc/a')[0], os.stat('/pc/a/b.bin')[6])
with open('/pc/a/b.bin', 'rb') as f: print(f.read(10) + f.read() == ${JSON.stringify([...content])
      .replace('[', 'bytes([')
      .replace(']', '])')})
print([line for line in open('/pc/lines.txt')])
for path in ('/pc/none', '/pc/a'):
    try: open(path)
    except OSError as e: print(e.args[0])
try: open('/pc/new', 'w')
except OSError as e: print(e.args[0])
`;
    const expected = "['a', 'lines.txt'] 16384 1000\nTrue\n['one\\n', 'two\\n']\n2\n21\n30\n";
    expect(await device.exec(code)).toBe(expected);
    await mount.unmount();
    expect(await device.eval("__import__('os').listdir('/')")).toEqual([]);
  });

  it('does not lead out of itself', async () => {
    const { device } = await connected();
    const outside = await localTree({ 'secret.py': 'SECRET = 1' });
    const here = await localTree({ 'a.py': '' });
    await symlink(join(outside, 'secret.py'), join(here, 'link.py'));
    await device.mount(here);
    await expect(device.exec("open('/remote/link.py')")).rejects.toThrow(/EACCES|13/);
    await expect(device.exec("open('/remote/../../../../etc/passwd')")).rejects.toThrow(/ENOENT|2/);
  });

  it('does not get in the way of other files, whatever bytes they have', async () => {
    const { device } = await connected();
    await device.mount(await localTree({ 'a.py': 'A = 1' }));
    await device.files.writeFile('/all.bin', everyByte);
    expect((await device.files.readFile('/all.bin')).equals(everyByte)).toBe(true);
    expect((await device.files.readFile('/remote/a.py')).toString()).toBe('A = 1');
  });

  it('is one at a time, and may be unmounted after a reset of the board', async () => {
    const { device } = await connected();
    const here = await localTree({ 'a.py': 'A = 1' });
    const mount = await device.mount(here);
    await expect(device.mount(here)).rejects.toMatchObject({ code: 'DEVICE_UNSUPPORTED' });
    await device.reset('soft', { skipMain: true });
    await mount.unmount();
    await mount.unmount();
    await device.mount(here);
    expect(await device.eval("__import__('a').A")).toBe(1);
  });

  it('is read by code that is stopped in the middle, and then by other code', async () => {
    const { device } = await connected();
    await device.mount(await localTree({ 'big.txt': 'x'.repeat(20_000), 'a.py': 'A = 1' }));
    const endless = "while True:\n  with open('/remote/big.txt') as f: f.read()";
    for (let i = 0; i < 5; i++) {
      await expect(device.exec(endless, { timeoutMs: 60 + i })).rejects.toMatchObject({
        code: 'REPL_TIMEOUT',
      });
      expect(await device.eval('1 + 1')).toBe(2);
    }
    const interrupted = device.exec(endless);
    await new Promise((resolve) => setTimeout(resolve, 100));
    device.interrupt();
    await expect(interrupted).rejects.toMatchObject({ exception: 'KeyboardInterrupt' });
    expect(await device.eval("__import__('a').A")).toBe(1);
  });

  it('shows what a program prints behind the byte that begins a request, and goes on', async () => {
    const { device } = await connected();
    await device.mount(await localTree({ 'a.py': 'A = 1' }));
    const printed = await device.exec("print('\\x0e' + 'x' * 9000 + 'end')");
    expect(printed).toBe(`\x0e${'x'.repeat(9000)}end\n`);
    expect(await device.eval("__import__('a').A")).toBe(1);
  });

  it('works over the link of a real UART', async () => {
    const { device, cable } = await connected({}, esp32);
    await device.mount(await localTree({ 'mod.py': `X = 7\n${'# comment\n'.repeat(200)}` }));
    expect(await device.exec('import mod\nprint(mod.X)')).toBe('7\n');
    expect(cable.stats.lostBytes).toBe(0);
  });
});
