import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findTool, Site } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { bin } from './ota.ts';

describeWithTools(['socat'], 'ota watch on a pseudo-terminal', () => {
  it('keeps its table in place while nodes come, and ends on Ctrl-C', { timeout: 60_000 }, async () => {
    const site = await Site.start();
    onTestFinished(() => site.close());
    await site.commit({ files: { 'src/main.py': 'def start(env): ...\n' } });
    const { host, port } = site.broker;
    // The broker's address in the environment: socat takes its colons for its own.
    const command = `${process.execPath} ${bin} watch`;
    const terminal = spawn(findTool('socat') ?? 'socat', ['-', `EXEC:${command},pty,setsid,ctty,stderr`], {
      env: { ...process.env, NO_COLOR: '', TERM: 'xterm', OTA_BROKER: `mqtt://${host}:${port}` },
    });
    onTestFinished(() => {
      terminal.kill('SIGKILL');
    });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const node = site.addSimulatedNode({ name: 'kitchen', resetJitter: 0 });
    node.powerOn();
    await expect.poll(() => shown, { timeout: 30_000 }).toMatch(/kitchen .*online.*trial/);
    await node.powerOff();
    // The lines from before are taken away, and drawn anew.
    await expect
      .poll(() => shown, { timeout: 30_000 })
      .toMatch(/\u001b\[2A\u001b\[0J.*\r\nkitchen .*offline/);
    const ended = once(terminal, 'close');
    terminal.stdin.write('\u0003');
    await ended;
  });
});
