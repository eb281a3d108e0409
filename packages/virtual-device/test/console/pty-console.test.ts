import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ReadStream } from 'node:tty';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { servePty, type PtyConsole, type PtyConsoleOptions } from '../../src/console/pty-console.ts';
import { findTool } from '../../src/tools.ts';
import { describeWithTools } from '../../src/vitest.ts';
import { FakePort, pattern } from './fake-port.ts';
import { patience } from './patience.ts';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ota-pty-test-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function pretendSocat(script: string): void {
  const path = join(temporaryDirectory(), 'socat');
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('OTA_SOCAT', path);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

async function serve(port: FakePort, options: PtyConsoleOptions = {}): Promise<PtyConsole> {
  const served = await servePty(port, options);
  onTestFinished(() => served.close());
  return served;
}

/** A serial program: it opens the terminal and changes none of its settings. */
function openTerminal(path: string) {
  const file = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const input = new ReadStream(openSync(path, constants.O_RDWR | constants.O_NOCTTY));
  const parts: Buffer[] = [];
  input.on('data', (bytes: Buffer) => parts.push(bytes));
  const close = async () => {
    if (input.destroyed) return;
    closeSync(file);
    await new Promise((resolve) => input.once('close', resolve).destroy());
  };
  onTestFinished(close);
  return {
    input,
    write: (bytes: Buffer | string) => writeSync(file, Buffer.from(bytes)),
    seen: () => Buffer.concat(parts),
    close,
  };
}

describeWithTools(['socat'], 'servePty', () => {
  it('carries bytes of every value both ways, and echoes none by itself', async () => {
    const port = new FakePort();
    const { path } = await serve(port);
    const terminal = openTerminal(path);
    terminal.write(pattern(1000));
    await expect.poll(() => port.received.length, patience).toBe(1000);
    expect(port.received).toEqual(pattern(1000));
    port.send(pattern(1000));
    await expect.poll(() => terminal.seen().length, patience).toBe(1000);
    expect(terminal.seen()).toEqual(pattern(1000));
  });

  it('goes on when programs close it and others open it', async () => {
    const port = new FakePort();
    port.isEcho = true;
    const { path } = await serve(port);
    for (const word of ['one', 'two', 'three', 'four', 'five']) {
      const terminal = openTerminal(path);
      terminal.write(word);
      await expect.poll(() => terminal.seen().toString(), patience).toBe(word);
      await terminal.close();
    }
    expect(port.received.toString()).toBe('onetwothreefourfive');
  });

  it('puts the link model in between', async () => {
    const port = new FakePort();
    const { path } = await serve(port, { link: { receiveBuffer: 260 } });
    port.isReading = false;
    openTerminal(path).write(pattern(300));
    await expect.poll(() => port.received.length, patience).toBe(259);
  });

  it('makes its link where it is told to', async () => {
    const port = new FakePort();
    const path = join(temporaryDirectory(), 'a name, with:!" socat meanings');
    const served = await serve(port, { path });
    expect(served.path).toBe(path);
    openTerminal(path).write('x');
    await expect.poll(() => port.received.toString(), patience).toBe('x');
  });

  it('leaves nothing behind when closed, and can be closed twice', async () => {
    const port = new FakePort();
    const path = join(temporaryDirectory(), 'console');
    const [linked, other] = [await serve(port, { path }), await serve(port)];
    expect(port.listeners).toBe(2);
    for (const served of [linked, other, linked]) await served.close();
    expect(port.listeners).toBe(0);
    expect(existsSync(dirname(other.path))).toBe(false);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('survives a node that nobody listens to', async () => {
    const port = new FakePort();
    const { path } = await serve(port);
    for (let count = 0; count < 2000; count += 1) port.send(pattern(1024));
    const terminal = openTerminal(path);
    port.isEcho = true;
    await expect
      .poll(() => {
        // What is said while the old is still being read may be lost.
        terminal.write('still there');
        return terminal.seen().includes('still there');
      }, patience)
      .toBe(true);
    expect(terminal.seen().length).toBeLessThan(1_000_000);
  });

  it('leaves a file alone that is where the link should be', async () => {
    const port = new FakePort();
    const path = join(temporaryDirectory(), 'taken');
    writeFileSync(path, 'mine');
    await expect(servePty(port, { path })).rejects.toMatchObject({
      code: 'CONSOLE_PTY',
      cause: expect.objectContaining({ code: 'EEXIST' }) as Error,
    });
    expect(existsSync(path)).toBe(true);
    expect(port.listeners).toBe(0);
  });

  it('tells at close that socat had ended by itself', async () => {
    const directory = temporaryDirectory();
    const numberFile = join(directory, 'pid');
    pretendSocat(`echo $$ > '${numberFile}'; exec '${findTool('socat') ?? ''}' "$@"`);
    const port = new FakePort();
    const served = await servePty(port, { path: join(directory, 'console') });
    const terminal = openTerminal(served.path);
    const gone = once(terminal.input, 'close');
    process.kill(Number(readFileSync(numberFile, 'utf8')), 'SIGKILL');
    await gone;
    await expect(served.close()).rejects.toMatchObject({ code: 'CONSOLE_PTY' });
    expect(readdirSync(directory)).toEqual(['pid']);
    expect(port.listeners).toBe(0);
  });
});

describe('servePty without a socat that works', () => {
  it('says that it is not installed', async () => {
    vi.stubEnv('OTA_SOCAT', join(temporaryDirectory(), 'none'));
    expect(findTool('socat')).toBeUndefined();
    const port = new FakePort();
    await expect(servePty(port)).rejects.toMatchObject({ code: 'CONSOLE_NO_SOCAT' });
    expect(port.listeners).toBe(0);
  });

  it('passes on what it said when it ended', async () => {
    pretendSocat('echo "no terminals left" >&2; exit 3');
    const port = new FakePort();
    await expect(servePty(port)).rejects.toMatchObject({
      code: 'CONSOLE_PTY',
      message: expect.stringContaining('no terminals left') as string,
    });
    expect(port.listeners).toBe(0);
  });

  it('gives up when its caller does', async () => {
    pretendSocat('exec sleep 60');
    const reason = new Error('enough');
    const controller = new AbortController();
    const port = new FakePort();
    const starting = servePty(port, { signal: controller.signal });
    controller.abort(reason);
    await expect(starting).rejects.toBe(reason);
    await expect(servePty(port, { signal: controller.signal })).rejects.toBe(reason);
    expect(port.listeners).toBe(0);
  });
});
