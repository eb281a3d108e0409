import { plugIn } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MicroPythonDevice, PythonError } from '../src/index.ts';
import { connected, esp32, startNode, versions } from './helpers/boards.ts';

describe.each(versions)('a device with MicroPython %s', (micropython) => {
  it('runs code and gives what it printed', async () => {
    const { device } = await connected({ micropython });
    expect(await device.exec('print("one")\nprint("zwölf ☃")')).toBe('one\nzwölf ☃\n');
    expect(await device.exec('')).toBe('');
  });

  it('gives an exception with its traceback, and goes on', async () => {
    const { device } = await connected({ micropython });
    const failure = device.exec('def f():\n  {}[7]\nf()');
    await expect(failure).rejects.toThrow(PythonError);
    await expect(failure).rejects.toMatchObject({
      code: 'DEVICE_EXCEPTION',
      exception: 'KeyError',
      traceback: expect.stringMatching(/^Traceback[^]*line 2, in f\nKeyError: 7\n/) as string,
    });
    await expect(device.exec('if')).rejects.toMatchObject({ exception: 'SyntaxError' });
    expect(await device.eval('1 + 1')).toBe(2);
  });

  it('evaluates to values of JavaScript', async () => {
    const { device } = await connected({ micropython });
    const value = `[None, True, -1.5, 10**20, 'it\\'s "ü" \\n\\0', b'\\x00\\xff\\'', (), (1,), {'a': {1: 2}}]`;
    expect(await device.eval(value)).toEqual([
      null,
      true,
      -1.5,
      10n ** 20n,
      'it\'s "ü" \n\0',
      Buffer.from([0, 255, 39]),
      [],
      [1],
      { a: { 1: 2 } },
    ]);
    await expect(device.eval('object()')).rejects.toMatchObject({ code: 'DEVICE_RESULT' });
  });

  it('sends code of any length through the link of a real UART', async () => {
    const { device, cable } = await connected({ micropython }, esp32);
    for (const length of [250, 251, 252, 253, 255, 256, 257, 258, 259, 384, 385, 5000]) {
      const code = `print(len('${'x'.repeat(length - 14)}'))`;
      expect(await device.exec(code)).toBe(`${length - 14}\n`);
    }
    expect(cable.stats.lostBytes).toBe(0);
  });
});

describe('a device', () => {
  it('interrupts the program that runs', async () => {
    const node = await startNode({ files: { '/main.py': 'n = 0\nwhile True:\n  n += 1\n' } });
    const device = await MicroPythonDevice.connect(plugIn(node.console));
    onTestFinished(() => device.close());
    expect(await device.eval('1')).toBe(1);
  });

  it.each([
    ['a program that never stops printing', 'while True: print("> raw REPL ", end="")'],
    ['a program that sleeps', 'import time\nwhile True: time.sleep(1)'],
    [
      'a program that shrugs off the first interrupt',
      'import time\ntry:\n  time.sleep(60)\nexcept KeyboardInterrupt:\n  time.sleep(60)',
    ],
  ])('gets to the prompt from %s', async (_, program) => {
    const node = await startNode({ files: { '/main.py': program } });
    const device = await MicroPythonDevice.connect(plugIn(node.console, esp32));
    onTestFinished(() => device.close());
    expect(await device.eval('2')).toBe(2);
  });

  it.each([
    ['half a line', 'print(1'],
    ['friendly paste mode', '\x05for x'],
    ['the raw REPL', '\x01'],
    ['half a raw line', '\x01print('],
    ['an unfinished raw paste', '\x01\x05A\x01print('],
    ['an unfinished request for raw paste', '\x01\x05A'],
    ['garbage', '\xff\x00\x01\x05\x04\x02>>>\r\r'],
  ])('gets to the prompt from %s', async (_, typed) => {
    const node = await startNode();
    node.console.receive(Buffer.from(typed, 'latin1'));
    const device = await MicroPythonDevice.connect(plugIn(node.console, esp32));
    onTestFinished(() => device.close());
    expect(await device.eval('3')).toBe(3);
  });

  it('does not send code that would end itself', async () => {
    const { device } = await connected();
    await expect(device.exec("print('\x04')")).rejects.toThrow(TypeError);
    expect(await device.eval("'\\x04'")).toBe('\x04');
  });

  it('streams output as it comes', async () => {
    const { device } = await connected();
    const pieces: string[] = [];
    const code = 'import time\nfor i in range(3):\n  print(i)\n  time.sleep_ms(50)';
    const rest = await device.exec(code, { onOutput: (bytes) => pieces.push(bytes.toString()) });
    expect(pieces.join('')).toBe('0\r\n1\r\n2\r\n');
    expect(pieces.length).toBeGreaterThan(1);
    expect(rest).toBe('');
  });

  it('runs a file of this computer', async () => {
    const { device } = await connected();
    const file = new URL('data:text/javascript,');
    await expect(device.run(file)).rejects.toThrow();
    expect(await device.run(new URL('fixtures/hello.py', import.meta.url))).toBe('hello from here\n');
  });

  it('stops a program that takes too long, and goes on', async () => {
    const { device } = await connected();
    const forever = 'while True: pass';
    await expect(device.exec(forever, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'REPL_TIMEOUT' });
    expect(await device.eval('4')).toBe(4);
    const chatty = 'import time\nwhile True:\n  print(1)\n  time.sleep_ms(20)';
    await expect(device.exec(chatty, { timeoutMs: 300, idleMs: 200 })).rejects.toMatchObject({
      code: 'REPL_TIMEOUT',
    });
    expect(await device.eval('5')).toBe(5);
  });

  it('gives up when its signal says so, with the reason of the signal', async () => {
    const { device } = await connected();
    const reason = new Error('enough');
    const controller = new AbortController();
    const running = device.exec('print("up")\nwhile True: pass', {
      signal: controller.signal,
      onOutput: () => {
        controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(await device.eval('6')).toBe(6);
    await expect(device.exec('1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('interrupts on demand', async () => {
    const { device } = await connected();
    const running = device.exec('print("up")\nwhile True: pass', {
      onOutput: () => {
        device.interrupt();
      },
    });
    await expect(running).rejects.toMatchObject({ exception: 'KeyboardInterrupt' });
    expect(await device.eval('7')).toBe(7);
  });

  it('does one thing after the other when asked for several at once', async () => {
    const { device } = await connected();
    const answers = await Promise.all([1, 2, 3, 4].map((n) => device.eval(String(n))));
    expect(answers).toEqual([1, 2, 3, 4]);
  });

  it('restarts MicroPython, with main.py or without', async () => {
    const { device, node } = await connected({
      files: { '/boot.py': 'BOOTED = 1', '/main.py': 'MAIN = 1' },
    });
    await device.exec('X = 1');
    await device.reset('soft', { skipMain: true });
    expect(node.boots).toBe(2);
    expect(await device.eval("[n in globals() for n in ('X', 'BOOTED', 'MAIN')]")).toEqual([
      false,
      true,
      false,
    ]);
    await device.reset('soft');
    expect(await device.eval("[n in globals() for n in ('X', 'BOOTED', 'MAIN')]")).toEqual([
      false,
      true,
      true,
    ]);
    expect(node.boots).toBe(3);
  });

  it('resets the chip by its own means where the link has no lines', async () => {
    const { device, node } = await connected();
    const reset = node.waitForBoot();
    await device.reset('hard');
    expect(await reset).toBe('hard');
    expect(await device.eval('8')).toBe(8);
  });

  it('lets the program run that a reset starts', async () => {
    const { device, node } = await connected();
    const program = 'import time\nprint("be" + "gins")\ntime.sleep(0.6)\nprint("goes" + "on")\n';
    await device.files.writeFile('/main.py', program);
    const goesOn = node.waitForOutput(/begins[^]*goeson/);
    await device.reset('hard');
    expect((await goesOn)[0]).not.toContain('KeyboardInterrupt');
  });

  it('says so where the firmware cannot reset the chip', async () => {
    const { device, node } = await connected({
      files: { '/boot.py': 'import sys\nclass Bare: pass\nsys.modules["machine"] = Bare\n' },
    });
    await expect(device.reset('hard')).rejects.toMatchObject({
      code: 'DEVICE_UNSUPPORTED',
      message: expect.stringMatching(/press its button/) as string,
      cause: { exception: 'AttributeError' },
    });
    expect(node.boots).toBe(1);
    expect(await device.eval('8')).toBe(8);
  });

  it.each([
    ['a soft reset', 'machine.soft_reset()'],
    [
      'a hard reset that an ESP chip tells of',
      'print("ets Jul 29 2019 12:21:46\\r\\n\\r\\nrst:0x8 (TG1WDT_SYS_RESET),boot:0x13")\nwhile True: pass',
    ],
  ])('ends at once where %s leads into a main.py without end', async (_, code) => {
    const { device, node } = await connected({
      files: { '/main.py': 'import time\nprint("main" + " runs")\nwhile True: time.sleep(0.1)\n' },
    });
    const running = device.exec(`import machine\n${code}`, { timeoutMs: Infinity });
    await expect(running).rejects.toMatchObject({ code: 'REPL_RESET' });
    expect(node.transcript.text).not.toContain('KeyboardInterrupt: \r\n>>> ');
    expect(await device.eval('1')).toBe(1);
  });

  it('leaves the board at its friendly prompt, and running', async () => {
    const { device, node } = await connected();
    const prompt = node.waitForOutput(/MicroPython [^]*>>> $/);
    await device.close();
    await prompt;
    expect((await node.exec('print(9)')).output).toBe('9\n');
  });

  it('closes although a program runs, and stops it', async () => {
    const { device, node } = await connected();
    const running = device.exec('while True: pass', { timeoutMs: Infinity });
    const ended = expect(running).rejects.toMatchObject({ exception: 'KeyboardInterrupt' });
    await device.close();
    await ended;
    expect((await node.exec('print(9)')).output).toBe('9\n');
  });

  it('says so where nobody is at the other end', async () => {
    const node = await startNode();
    const cable = plugIn(node.console);
    await node.powerOff();
    const connecting = MicroPythonDevice.connect(cable, { enterMs: 700 });
    await expect(connecting).rejects.toMatchObject({ code: 'REPL_NO_PROMPT' });
    expect(cable.destroyed).toBe(true);
  });

  it('ends with a typed error when the cable is pulled', async () => {
    const { device, cable } = await connected();
    const running = device.exec('print("up")\nwhile True: pass', { onOutput: () => cable.destroy() });
    await expect(running).rejects.toMatchObject({ code: 'LINK_LOST' });
    await expect(device.eval('1')).rejects.toMatchObject({ code: 'LINK_LOST' });
    await device.close();
    await device.close();
  });
});
