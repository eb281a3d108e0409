import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { findTool, servePty, type LinkModel } from '../../src/index.ts';
import { describeWithTools } from '../../src/vitest.ts';
import { startNode, versions } from './helpers.ts';

const run = promisify(execFile);
/** A UART at 115200 baud on an ESP32: 10 ms ticks, a ring of 260 bytes. */
const esp32: LinkModel = { baud: 115_200, latencyMs: 1, tickMs: 10, receiveBuffer: 260 };

/** The real mpremote, on a pseudo-terminal that leads to a virtual node. */
async function mpremoteOn(
  micropython: string,
  link?: LinkModel,
): Promise<{ mpremote: (...args: string[]) => Promise<string>; folder: string }> {
  const node = await startNode({ micropython });
  const terminal = await servePty(node.console, { ...(link && { link }) });
  const folder = await mkdtemp(join(tmpdir(), 'ota-mpremote-'));
  onTestFinished(async () => {
    await terminal.close();
    await rm(folder, { recursive: true });
  });
  const program = findTool('mpremote') ?? 'mpremote';
  const mpremote = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(program, ['connect', terminal.path, ...args], { timeout: 60_000 });
    return stdout;
  };
  return { mpremote, folder };
}

describeWithTools(['mpremote', 'socat'], 'mpremote on the pseudo-terminal of a node', () => {
  it.each(versions)(
    'runs code, lists, and copies 20 kB of binary there and back on MicroPython %s',
    async (version) => {
      const { mpremote, folder } = await mpremoteOn(version);
      expect(await mpremote('exec', 'print(1)')).toBe('1\r\n');
      const original = join(folder, 'original.bin');
      const copy = join(folder, 'copy.bin');
      await writeFile(original, randomBytes(20_000));
      await mpremote('fs', 'cp', original, ':data.bin');
      expect(await mpremote('fs', 'ls')).toMatch(/^ {2,}20000 data\.bin\r?$/m);
      await mpremote('fs', 'cp', ':data.bin', copy);
      expect((await readFile(copy)).equals(await readFile(original))).toBe(true);
    },
  );

  it('does the same over the link of a real UART', async () => {
    const { mpremote, folder } = await mpremoteOn('1.27.0', esp32);
    const original = join(folder, 'original.bin');
    await writeFile(original, randomBytes(20_000));
    await mpremote('fs', 'cp', original, ':data.bin');
    expect(await mpremote('fs', 'sha256sum', ':data.bin')).toMatch(/[0-9a-f]{64}/);
    expect(await mpremote('df')).toMatch(/\//);
    expect(await mpremote('exec', "import os; print(os.stat('data.bin')[6])")).toBe('20000\r\n');
  }, 60_000);
});
