import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findTool } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startBoard } from './helpers/boards.ts';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

const run = promisify(execFile);

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function ota(...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [bin, ...argv], (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

describe('the program itself', () => {
  it('ends with the code of what happened, data on stdout and talk on stderr', async () => {
    const { address } = await startBoard({ files: { '/a.txt': 'a' } });
    expect(await ota('ls', '--port', address)).toEqual({ code: 0, stdout: 'a.txt\n', stderr: '' });
    expect(await ota('cat', '/none', '--port', address)).toMatchObject({ code: 1, stdout: '' });
    expect(await ota('ls', '--port', '/dev/nowhere')).toMatchObject({ code: 3, stdout: '' });
    expect(await ota('nonsense')).toMatchObject({ code: 2, stdout: '' });
  });

  it('ends with 130 on Ctrl-C, and leaves the board usable', async () => {
    const { address } = await startBoard();
    const child = spawn(process.execPath, [bin, 'exec', 'while True: print("tick")', '--port', address]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.stdout.resume();
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(await ota('exec', 'print(6 * 7)', '--port', address)).toMatchObject({ code: 0, stdout: '42\n' });
  });

  it('ends with 130 when its terminal is closed, and leaves the board usable', async () => {
    const { address } = await startBoard();
    const child = spawn(process.execPath, [bin, 'exec', 'while True: print("tick")', '--port', address]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.stdout.resume();
    child.kill('SIGHUP');
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(await ota('exec', 'print(6 * 7)', '--port', address)).toMatchObject({ code: 0, stdout: '42\n' });
  });

  it('ends as it would where nobody hears its talk', async () => {
    const child = spawn(process.execPath, [bin, 'ls', '--port', '/dev/nowhere']);
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stderr.destroy();
    expect(await once(child, 'exit')).toEqual([3, null]);
  });

  it('takes it that nobody reads on, and leaves the board usable', async () => {
    const { address } = await startBoard();
    const child = spawn(process.execPath, [bin, 'exec', 'while True: print("tick")', '--port', address]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await ota('exec', 'print(6 * 7)', '--port', address)).toMatchObject({ code: 0, stdout: '42\n' });
  });
});

describeWithTools(['socat'], 'the program on a real pseudo-terminal', () => {
  it('uses colour there, and none with NO_COLOR', async () => {
    const { address } = await startBoard({ files: { '/lib/a.py': '' } });
    const onTerminal = async (env: Record<string, string>): Promise<string> => {
      const command = `EXEC:${process.execPath} ${bin} ls --port ${address.replaceAll(':', '\\:')},pty,rawer`;
      const given = { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env };
      return (await run(findTool('socat') ?? 'socat', ['-u', command, '-'], { env: given })).stdout;
    };
    expect(await onTerminal({})).toContain('\u001b[36mlib/\u001b[0m');
    expect((await onTerminal({ NO_COLOR: '1' })).trim()).toBe('lib/');
  });
});
