import { describe, expect, it } from 'vitest';
import { startBoard } from './helpers/boards.ts';
import { folderWith } from './helpers/folder.ts';
import { json, result } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

const endless = 'while True:\n    print("tick")\n';

describe('ota exec', () => {
  it('prints what the code prints', async () => {
    const { address } = await startBoard();
    const argv = ['exec', 'print("ü" * 3)\nprint(6 * 7)', '--port', address];
    expect(await cli(argv)).toEqual({ code: 0, stdout: 'üüü\n42\n', stderr: '' });
    const { code, data } = await json(argv);
    expect(code).toBe(0);
    expect((data as { output: string }[]).map(({ output }) => output).join('')).toBe('üüü\n42\n');
  });

  it('shows the traceback, and ends with 1, where the code raises', async () => {
    const { address } = await startBoard();
    const { code, stdout, stderr } = await cli(['exec', 'print(1)\n1 / 0', '--port', address]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '1\n' });
    expect(stderr).toMatch(/Traceback[^]*line 2[^]*ota exec: the board raised ZeroDivisionError/);
    const asJson = await json(['exec', '1 / 0', '--port', address]);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: 'DEVICE_EXCEPTION', exitCode: 1 } });
  });

  it('leaves the board at its prompt after Ctrl-C, and ends with 130', async () => {
    const { address } = await startBoard();
    const controller = new AbortController();
    const { code } = await cli(['exec', endless, '--port', address], {
      signal: controller.signal,
      onWrite: ({ stdout }) => {
        if (stdout.includes('tick')) controller.abort(new Error('interrupted'));
      },
    });
    expect(code).toBe(130);
    expect((await cli(['exec', 'print("fine")', '--port', address])).stdout).toBe('fine\n');
  });

  it('gives up after --timeout, and says how to allow more', async () => {
    const { address } = await startBoard();
    const { code, stderr } = await cli(['exec', 'while True: pass', '--timeout', '0.3', '--port', address]);
    expect(code).toBe(3);
    expect(stderr).toContain('say so with --timeout');
    expect(await cli(['exec', '1', '--timeout', 'soon'])).toMatchObject({ code: 2 });
  });
});

describe('ota run', () => {
  it('runs a file of this computer', async () => {
    const { address, node } = await startBoard();
    const cwd = await folderWith({ 'blink.py': 'import sys\nprint(sys.implementation.name)\n' });
    const { code, stdout } = await cli(['run', 'blink.py', '--port', address], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'micropython\n' });
    expect((await json(['run', 'blink.py', '--port', address], { cwd })).data).not.toEqual([]);
    expect(node.flash.files()).toEqual([]);
    expect((await cli(['run', 'none.py', '--port', address], { cwd })).code).toBe(2);
  });
});

describe('ota mount', () => {
  it('lets the board import from a directory here', async () => {
    const { address, node } = await startBoard();
    const cwd = await folderWith({
      'app/main.py': 'from words import HELLO\nprint(HELLO)\n',
      'app/words.py': 'HELLO = "hi"\n',
    });
    expect(await cli(['mount', 'app', '--port', address], { cwd })).toEqual({
      code: 0,
      stdout: 'hi\n',
      stderr: '',
    });
    const code = ['mount', 'app', '--exec', 'import words; print(words.HELLO * 2)', '--port', address];
    expect((await json(code, { cwd })).data).toEqual([{ output: 'hihi\n' }]);
    expect(node.flash.files()).toEqual([]);
    expect((await cli(['mount', 'none', '--port', address], { cwd })).code).toBe(2);
  });
});

describe('ota reset', () => {
  it('starts the chip anew, or MicroPython alone', async () => {
    const { address, node } = await startBoard({ files: { '/main.py': 'print("started")\n' } });
    const resets: string[] = [];
    node.on('boot', (reason) => resets.push(reason));
    const booted = node.waitForBoot();
    expect(await cli(['reset', '--port', address])).toMatchObject({ code: 0, stdout: '' });
    await booted;
    const soft = ['reset', '--soft', '--port', address];
    expect((await cli([...soft, '--dry-run'])).stderr).toBe(
      `would restart MicroPython on the board at ${address}\n`,
    );
    expect(await result(soft)).toEqual({ reset: 'soft', dryRun: false });
    await expect.poll(() => resets).toEqual(['hard', 'soft']);
  });
});

describe('ota repl', () => {
  it('is the console, until Ctrl-]', async () => {
    const { address } = await startBoard();
    const types = [
      ['>>> ', 'print(6*7)\r'],
      ['42', '\x1d'],
    ] as const;
    const { code, stdout, stderr } = await cli(['repl', '--port', address], { isTerminal: true, types });
    expect(code).toBe(0);
    expect(stdout).toContain('\r\n42\r\n');
    expect(stderr).toContain('Ctrl-] leaves');
    const { data } = await json(['repl', '--port', address], { types: [['>>> ', '\x1d']] });
    expect(data).not.toEqual([]);
  });

  it('waits for a cable that was pulled, until Ctrl-C from outside', async () => {
    const { address, pull } = await startBoard();
    const controller = new AbortController();
    let isPulled = false;
    const { code } = await cli(['repl', '--port', address], {
      signal: controller.signal,
      onWrite: ({ stdout }) => {
        if (stdout.includes('the connection is lost')) controller.abort(new Error('interrupted'));
        else if (stdout.includes('>>> ') && !isPulled) {
          isPulled = true;
          void pull();
        }
      },
    });
    expect(code).toBe(130);
  });
});

describe('ota info', () => {
  it('tells what the board is and what it runs', async () => {
    const settings = 'settings = {"controllerName": "lamp", "gogsToken": "sesame"}\n';
    const files = { '/nodesettings.py': settings, '/src/.version': 'a'.repeat(40) };
    const { address } = await startBoard({ files });
    expect(await result(['info', '--port', address])).toMatchObject({
      port: address,
      micropython: { version: '1.27.0', flash: { totalBytes: 2 * 1024 * 1024 } },
      node: { name: 'lamp', version: 'a'.repeat(40) },
      chip: null,
    });
    const { stdout } = await cli(['info', '--port', address]);
    expect(stdout).toMatch(/^port +socket:[^]*^MicroPython +1\.27\.0$[^]*^node +lamp$/m);
    expect(stdout).not.toContain('sesame');
  });

  it('says of a board without settings that it is no node', async () => {
    const { address } = await startBoard();
    expect(await result(['info', '--port', address])).toMatchObject({ node: null });
  });
});
