import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithTools } from '../src/vitest.ts';

const index = new URL('../dist/index.js', import.meta.url).href;

/** Starts a site in a process of its own, kills that, and sees what is left of it. */
async function killed(options: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-guard-'));
  onTestFinished(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const script = `import { Site, startRealGogs } from ${JSON.stringify(index)};
const { gogs, broker } = await Site.start(${options});
console.log(JSON.stringify([gogs.pid, broker.pid].filter(Boolean)));
setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const programs = JSON.parse(line) as number[];
  expect(programs.every(isAlive)).toBe(true);
  expect(await readdir(folder)).not.toEqual([]);
  child.kill('SIGKILL');
  await expect.poll(() => programs.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  await expect.poll(() => readdir(folder), { timeout: 10_000 }).toEqual([]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('leaves no folder behind when the process is killed', async () => {
  await killed('');
});

describeWithTools(['gogs', 'mosquitto'], 'a site of other programs', () => {
  it('leaves none of them, nor their folders, behind when the process is killed', async () => {
    await killed("{ startGogs: startRealGogs, broker: { kind: 'mosquitto' } }");
  });
});
