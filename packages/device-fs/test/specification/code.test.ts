import { expect, it } from 'vitest';
import { describeBoards, withDevice } from '../helpers/specified-boards.ts';

const forever = 'while True: pass';

describeBoards('the code', (board, has) => {
  it('is run, and what it printed comes back', () =>
    withDevice(board(), async (device) => {
      expect(await device.exec('print("one")\nprint("zwölf ☃")')).toBe('one\nzwölf ☃\n');
      expect(await device.exec('')).toBe('');
      const long = `print(len('${'x'.repeat(700)}'))`;
      expect(await device.exec(long)).toBe('700\n');
    }));

  it('keeps its names from one call to the next', () =>
    withDevice(board(), async (device) => {
      await device.exec('x = 6');
      expect(await device.eval('x * 7')).toBe(42);
    }));

  it('evaluates to values of JavaScript', () =>
    withDevice(board(), async (device) => {
      const value = "[None, True, -1.5, 'it\\'s \\n', b'\\x00\\x04\\xff', (1,), {'a': {1: 2}}]";
      expect(await device.eval(value)).toEqual([
        null,
        true,
        -1.5,
        "it's \n",
        Buffer.of(0, 4, 255),
        [1],
        { a: { 1: 2 } },
      ]);
      await expect(device.eval('object()')).rejects.toMatchObject({ code: 'DEVICE_RESULT' });
    }));

  it('raises errors with a traceback, and the next code runs', () =>
    withDevice(board(), async (device) => {
      await expect(device.exec('def f():\n  {}[7]\nf()')).rejects.toMatchObject({
        code: 'DEVICE_EXCEPTION',
        exception: 'KeyError',
        traceback: expect.stringMatching(/^Traceback[^]*line 2, in f\nKeyError: 7\n/) as string,
      });
      await expect(device.exec('if')).rejects.toMatchObject({ exception: 'SyntaxError' });
      await expect(device.eval('nobody')).rejects.toMatchObject({ exception: 'NameError' });
      expect(await device.eval('1 + 1')).toBe(2);
    }));

  it('streams what it prints', () =>
    withDevice(board(), async (device) => {
      const pieces: string[] = [];
      const code = 'import time\nfor i in range(3):\n  print(i)\n  time.sleep_ms(60)';
      const rest = await device.exec(code, { onOutput: (bytes) => pieces.push(bytes.toString()) });
      expect(pieces.join('')).toBe('0\r\n1\r\n2\r\n');
      expect(pieces.length).toBeGreaterThan(1);
      expect(rest).toBe('');
    }));

  it('comes from a file of this computer too', () =>
    withDevice(board(), async (device) => {
      expect(await device.run(new URL('../fixtures/hello.py', import.meta.url))).toBe('hello from here\n');
      const nowhere = device.run(new URL('../fixtures/nowhere.py', import.meta.url));
      await expect(nowhere).rejects.toMatchObject({ code: 'ENOENT' });
    }));

  it('is stopped when its time is over, when it is silent for too long, by a signal, and on demand', () =>
    withDevice(board(), async (device) => {
      const late = { code: 'REPL_TIMEOUT' };
      await expect(device.exec(forever, { timeoutMs: 200 })).rejects.toMatchObject(late);
      await expect(device.exec(forever, { idleMs: 200 })).rejects.toMatchObject(late);
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await expect(device.exec(forever, { signal })).rejects.toBe(reason);
      const controller = new AbortController();
      const onOutput = (): void => {
        controller.abort(reason);
      };
      const running = device.exec(`print(1)\n${forever}`, { signal: controller.signal, onOutput });
      await expect(running).rejects.toBe(reason);
      const interrupted = device.exec(`print(1)\n${forever}`, {
        onOutput: () => {
          device.interrupt();
        },
      });
      await expect(interrupted).rejects.toMatchObject({ exception: 'KeyboardInterrupt' });
      expect(await device.eval('1 + 1')).toBe(2);
    }));

  it('goes after what runs already: a program, half a line, another raw REPL', async () => {
    for (const before of ['for i in range(10**9): print("> raw REPL ")\r\r', 'print(1', '\x01print(']) {
      await withDevice(board(), (device) => {
        device.link.stream.write(`\x02${before}`);
        return Promise.resolve();
      });
      await withDevice(board(), async (device) => {
        expect(await device.eval('2')).toBe(2);
      });
    }
  });

  it('is forgotten at a restart, soft or hard, and main.py runs', () =>
    withDevice(board(), async (device) => {
      await device.files.writeFile('/main.py', 'MAIN = 1\n');
      const known = "[n in globals() for n in ('X', 'MAIN')]";
      await device.exec('X = 1');
      await device.reset('soft', { skipMain: true });
      expect(await device.eval(known)).toEqual([false, false]);
      await device.reset('soft');
      expect(await device.eval(known)).toEqual([false, true]);
      await device.exec('X = 1');
      await device.reset('hard');
      expect(await device.eval("'X' in globals()")).toBe(false);
    }));

  it('tells what the firmware can do', () =>
    withDevice(board(), async (device) => {
      const { version, directories, rename, mpy, freeMemory } = await device.firmware();
      expect(version).toMatch(/^1\.\d+\.\d+$/);
      expect({ directories, rename, compiled: (mpy & 0xff) === 6 }).toEqual({
        directories: has.directories,
        rename: has.rename,
        compiled: has.compiled,
      });
      expect(freeMemory).toBeGreaterThan(1000);
    }));

  it('ends with a typed error when the cable is pulled, and the board is there when it is back', async () => {
    const { address } = board();
    await withDevice(board(), async (device) => {
      const running = device.exec(`print(1)\n${forever}`, { onOutput: () => void board().pull() });
      await expect(running).rejects.toMatchObject({ code: 'LINK_LOST' });
      await expect(device.eval('1')).rejects.toMatchObject({ code: 'LINK_LOST' });
    });
    await expect(withDevice(board(), () => Promise.resolve())).rejects.toMatchObject({ code: 'LINK_OPEN' });
    await board().plugIn();
    expect(board().address).toBe(address);
    await withDevice(board(), async (device) => {
      expect(await device.eval('3')).toBe(3);
    });
  });
});
