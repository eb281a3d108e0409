import { describe, expect, it } from 'vitest';
import { startNode, versions } from './helpers.ts';

const rawBanner = 'raw REPL; CTRL-B to exit\r\n>';

describe.each(versions)('the console of MicroPython %s', (micropython) => {
  it('boots to the friendly REPL, which is MicroPython’s own', async () => {
    const node = await startNode({ micropython });
    await node.waitForOutput(/MicroPython v.*\r\nType "help\(\)" for more information.\r\n>>> /);
    node.type('for i in range(2): print(i)\r\r');
    await node.waitForOutput('0\r\n1\r\n>>> ');
    node.type('import gc\rgc.coll\t()\r');
    await node.waitForOutput('gc.collect()\r\n');
  });

  it('runs code in the raw REPL and by raw paste, with output, errors and all byte values', async () => {
    const node = await startNode({ micropython });
    await node.waitForOutput('>>> ');
    node.type('\r\x01');
    await node.waitForOutput(rawBanner);
    node.type('print(1)\x04');
    await node.waitForOutput('OK1\r\n\x04\x04>');
    const answer: number[] = [];
    const stop = node.console.onOutput((bytes) => answer.push(...bytes));
    node.console.receive(Buffer.from([0x05, 0x41, 0x01]));
    await expect.poll(() => answer).toEqual([0x52, 0x01, 128, 0, 0x01]);
    stop();
    const literal = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => ![0, 3, 4, 10, 13, 39, 92].includes(byte),
    );
    node.console.receive(
      Buffer.concat([
        Buffer.from("b = b'"),
        Buffer.from(literal),
        Buffer.from("'\nprint(len(b), sum(b))\x04"),
      ]),
    );
    await node.waitForOutput(`\x01\x01\x04${literal.length} ${literal.reduce((a, b) => a + b)}\r\n\x04\x04>`);
    node.console.receive(Buffer.from('\x05A\x01def f():\n  1/0\nf()\x04'));
    await node.waitForOutput(
      '\x04\x04Traceback (most recent call last):\r\n  File "<stdin>", line 3, in <module>\r\n' +
        '  File "<stdin>", line 2, in f\r\nZeroDivisionError: divide by zero\r\n\x04>',
    );
    node.console.receive(Buffer.from('\x05A\x01abandoned\x03'));
    await node.waitForOutput('\x04\x04KeyboardInterrupt: \r\n\x04>');
    node.type('\x02');
    await node.waitForOutput('>>> ');
  });

  it('interrupts a program that computes, one that sleeps, and one that the prompt started', async () => {
    const node = await startNode({
      micropython,
      files: { '/main.py': "print('computing')\nwhile True:\n    pass\n" },
    });
    await node.waitForOutput('computing');
    node.type('\x03');
    await node.waitForOutput('KeyboardInterrupt');
    await node.waitForOutput('>>> ');
    node.type("import time; print('slee' + 'ping'); time.sleep(60)\r");
    await node.waitForOutput('sleeping');
    node.type('\x03');
    await node.waitForOutput('KeyboardInterrupt');
    await node.waitForOutput('>>> ');
    node.type(
      "import micropython; micropython.kbd_intr(-1); import sys; print('re' + 'ads'); sys.stdin.read(1)\r",
    );
    await node.waitForOutput('reads');
    node.type('\x03');
    await node.waitForOutput("'\\x03'");
  });

  it('stays in the raw REPL over a soft reset, which runs boot.py and not main.py', async () => {
    const node = await startNode({
      micropython,
      files: { '/boot.py': "print('booting')", '/main.py': "print('maining')" },
    });
    await node.waitForOutput('maining');
    await node.waitForOutput('>>> ');
    node.type('\x01');
    await node.waitForOutput(rawBanner);
    node.type('\x04');
    await node.waitForOutput('OK\r\nMPY: soft reboot\r\nbooting\r\n');
    await node.waitForOutput(rawBanner);
    expect(node.transcript.text.match(/maining/g)).toHaveLength(1);
  });

  it('writes lines as CR LF, and raw bytes as they are', async () => {
    const node = await startNode({ micropython });
    await node.waitForOutput('>>> ');
    node.type("import sys; sys.stdout.buffer.write(b'[\\n]'); print('(\\n)')\r");
    await node.waitForOutput('[\n]');
    await node.waitForOutput('(\r\n)\r\n');
  });

  it('takes Ctrl-C at any moment of its start', async () => {
    const node = await startNode({ micropython });
    for (let i = 0; i < 5; i++) {
      const boot = node.waitForBoot();
      node.reset('hard');
      const typing = setInterval(() => {
        node.type('\x03');
      }, 1);
      await boot;
      clearInterval(typing);
      expect((await node.exec('print(1)')).output).toBe('1\n');
    }
  });
});
