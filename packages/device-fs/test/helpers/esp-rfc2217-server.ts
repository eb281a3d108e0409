import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { findTool } from '@ota/testbed';
import { expect, onTestFinished } from 'vitest';
import { freePort, listens } from './ports.ts';

export interface EspServer {
  address: string;
  /** What it logs. */
  says: (pattern: RegExp) => Promise<void>;
}

/** The server that comes with esptool, and that others put in front of an ESP32. */
export async function espServer(serialPort: string): Promise<EspServer> {
  const program = join(dirname(findTool('esptool') ?? ''), 'esp_rfc2217_server');
  const port = await freePort();
  const child = spawn(program, ['-v', '-p', String(port), serialPort], { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => (words += bytes.toString()));
  }
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await listens(port, () => {
    if (child.exitCode !== null) throw new Error(`esp_rfc2217_server ended: ${words}`);
  });
  return {
    address: `rfc2217://127.0.0.1:${port}`,
    says: (pattern) => expect.poll(() => words, { timeout: 10_000 }).toMatch(pattern),
  };
}
