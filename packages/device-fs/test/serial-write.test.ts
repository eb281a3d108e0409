import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { openSerial } from '../src/link/serial-link.ts';

/** What is below the stream: the poller of node-serialport's bindings. */
interface Below {
  port: { poller: { listenerCount: (event: string) => number } };
}

/** More than a pseudo-terminal, socat and a pipe hold together. */
const bytes = 400_000;

/** A pseudo-terminal of which nobody reads the other end until `drain` is called. */
async function openStuckTerminal(): Promise<{ path: string; drain: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), 'ota-stuck-'));
  const socat = spawn(findTool('socat') ?? 'socat', ['PTY,rawer,link=console', 'STDIO'], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => {
    socat.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 'console');
  await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(true);
  return { path, drain: () => socat.stdout.resume() };
}

describeWithTools(['socat'], 'a serial port whose buffers are full', () => {
  it('takes the rest of a write when there is room again, although a read began to wait meanwhile', async () => {
    const terminal = await openStuckTerminal();
    const link = await openSerial(terminal.path, {}, 10_000);
    onTestFinished(() => link.close());
    const port = link.stream;
    const { poller } = (port as unknown as Below).port;
    const isWaiting = (event: string) => expect.poll(() => poller.listenerCount(event), { timeout: 10_000 });

    const written = new Promise<void>((resolve, reject) => {
      port.write(Buffer.alloc(bytes), (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    await isWaiting('writable').toBe(1);
    port.resume();
    await isWaiting('readable').toBe(1);
    terminal.drain();

    await written;
  });
});
