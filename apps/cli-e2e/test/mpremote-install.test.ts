import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { findTool, servePty, Site } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { application, settings } from './site.ts';

const run = promisify(execFile);
const firmware = fileURLToPath(new URL('.', import.meta.resolve('@ota/micropython-firmware/package.json')));

describeWithTools(['mpremote', 'socat'], 'the README of @ota/micropython-firmware', () => {
  it('installs a node with nothing but mpremote, by the lines it prints', { timeout: 120_000 }, async () => {
    const site = await Site.start();
    onTestFinished(() => site.close());
    const messages = await site.watch('lamp/#');
    await site.commit({ files: application(1) });
    const node = await site.addNode({ name: 'lamp' });
    await node.powerOn();
    const terminal = await servePty(node.console);
    const folder = await mkdtemp(join(tmpdir(), 'ota-readme-'));
    onTestFinished(async () => {
      await terminal.close();
      await rm(folder, { recursive: true });
    });
    const { wifi, node: own } = settings(site, 'lamp');
    await symlink(join(firmware, 'device'), join(folder, 'device'));
    await writeFile(join(folder, 'wifisettings.py'), wifi);
    await writeFile(join(folder, 'nodesettings.py'), own);

    const readme = await readFile(join(firmware, 'README.md'), 'utf8');
    const lines = [...readme.matchAll(/^mpremote (.+)$/gm)].map(([, line = '']) => line.split(' '));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      const args = ['connect', terminal.path, ...line];
      await run(findTool('mpremote') ?? 'mpremote', args, { cwd: folder, timeout: 60_000 });
    }
    await messages.waitFor(({ payload }) => payload === 'version 1', { timeoutMs: 30_000 });
  });
});
