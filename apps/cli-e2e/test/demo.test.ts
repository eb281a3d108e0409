import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const bin = fileURLToPath(
  import.meta.resolve('@ota/cli/package.json').replace('package.json', 'dist/bin.js'),
);
const run = promisify(execFile);

/** What the node's console shows when its program is interrupted. */
async function promptAt([, host = '', port = '0']: readonly string[]): Promise<string> {
  const socket = connect(Number(port), host);
  onTestFinished(() => {
    socket.destroy();
  });
  let shown = '';
  socket.setEncoding('utf8').on('data', (text: string) => (shown += text));
  socket.write('\r\x03\x02');
  await expect.poll(() => shown, { timeout: 10_000 }).toContain('>>> ');
  return shown;
}

describe('ota demo', () => {
  it('shows the whole loop as a timeline with both commits, within 60 s', { timeout: 90_000 }, async () => {
    const { stdout, stderr } = await run(process.execPath, [bin, 'demo'], { timeout: 60_000 });
    expect(stderr).toBe('');
    const [first, second] = [...stdout.matchAll(/version \d is commit ([0-9a-f]{10})/g)].map(
      (match) => match[1] ?? '',
    );
    const places = [
      'boots (power-on)',
      `node1/ota/state: runs ${first ?? ''}`,
      'greeting: version 1 greets',
      `version 2 is commit ${second ?? ''}`,
      'stops for 1 s',
      'boots (hard)',
      `node1/ota/state: runs ${second ?? ''}`,
      'greeting: version 2 greets',
      'Done in ',
    ].map((text) => stdout.indexOf(text));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it(
    'leaves the site up with --keep, says how to reach it, and ends with 130 on Ctrl-C',
    { timeout: 90_000 },
    async () => {
      const child = spawn(process.execPath, [bin, 'demo', '--keep'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => {
        child.kill('SIGKILL');
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      await expect.poll(() => output, { timeout: 60_000 }).toMatch(/console +\S+/);
      expect(output).toMatch(/broker +mqtt:\/\/127\.0\.0\.1:\d+/);
      const baseUrl = /Gogs +(http:\S+),/.exec(output)?.[1] ?? '';
      expect((await fetch(`${baseUrl}/api/v1/user`)).status).toBe(401);
      const broker = /broker +(mqtt:\S+)/.exec(output)?.[1] ?? '';
      const { stdout: status } = await run(process.execPath, [bin, 'status', '--broker', broker, '--json']);
      expect(JSON.parse(status)).toMatchObject({ nodes: [{ name: 'node1', online: true }] });
      await expect(promptAt(/socket:\/\/([\d.]+):(\d+)/.exec(output) ?? [])).resolves.toContain('>>> ');
      child.kill('SIGINT');
      // Windows has no signals: there kill() ends a process as the task manager does.
      const ended = process.platform === 'win32' ? [null, 'SIGINT'] : [130, null];
      await expect(once(child, 'exit')).resolves.toEqual(ended);
      await expect(fetch(`${baseUrl}/api/v1/user`)).rejects.toThrow();
    },
  );

  it('says which step failed, and ends with another code than 0', async () => {
    const env = { ...process.env, OTA_GIT: '/nowhere/git' };
    const failed = await run(process.execPath, [bin, 'demo'], { timeout: 60_000, env }).catch(
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('start a site') as string });
    expect(failed.stderr).toContain('git');
  });

  it('says which option it does not know, and ends with 2', async () => {
    await expect(run(process.execPath, [bin, 'demo', '--kepp'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown option '--kepp'") as string,
    });
  });
});
