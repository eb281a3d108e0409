import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Site } from '@ota/testbed';
import { expect, it, onTestFinished, vi } from 'vitest';
import { reachable } from '../src/demo/reachable.ts';

it('leaves no file and no port behind where the pseudo-terminal cannot be had', async () => {
  const site = await Site.start();
  onTestFinished(() => site.close());
  const node = await site.addNode({ name: 'node1' });
  const folder = await mkdtemp(join(tmpdir(), 'ota-reachable-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
  vi.stubEnv('OTA_SOCAT', process.execPath); // it can be started, and is no socat
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  const servers = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
  const before = servers();
  await expect(reachable({ site, node })).rejects.toThrow();
  expect(await readdir(folder)).toEqual([]);
  expect(servers()).toBe(before);
});
