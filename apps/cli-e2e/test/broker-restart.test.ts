import { describe, expect, it, onTestFinished } from 'vitest';
import { Site, startRealGogs, type GogsServer } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { addNode, application, checks } from './site.ts';

const wait = { timeoutMs: 30_000 };

/** Runs version 1, commits version 2, stops the broker for a while; the node has to reset once and ask once. */
async function survivesRestart(site: Site<GogsServer>, downMs: number): Promise<void> {
  onTestFinished(() => site.close());
  const messages = await site.watch('node1/#');
  const node = await addNode(site, 'node1');
  const resets: string[] = [];
  node.on('reset', (reason) => resets.push(reason));
  await site.commit({ files: application(1) });
  await node.powerOn();
  await messages.waitFor(({ payload }) => payload === 'version 1', wait);

  await site.commit({ files: application(2) });
  const checksBefore = checks(site);
  await site.broker.restart({ downMs });
  await messages.waitFor(({ payload }) => payload === 'version 2', wait);
  // A second reset would come with the watchdog's or the broker's next complaint: let it run on for a while.
  const from = messages.messages.length;
  for (let beats = 0, at = from; beats < 5; beats++) {
    const beat = await messages.waitFor(({ payload }) => payload === 'version 2', { ...wait, from: at });
    at = messages.messages.indexOf(beat) + 1;
  }
  expect(resets).toEqual(['hard']);
  await expect.poll(() => checks(site) - checksBefore).toBe(1);
}

describe('a restart of the broker', () => {
  it('that takes 1 s leads to exactly one reset and one check', { timeout: 60_000 }, async () => {
    await survivesRestart(await Site.start(), 1_000);
  });

  it('that takes 15 s leads to exactly one reset and one check', { timeout: 90_000 }, async () => {
    await survivesRestart(await Site.start(), 15_000);
  });
});

describeWithTools(['gogs', 'mosquitto'], 'a restart of Mosquitto beside a real Gogs', () => {
  it('that takes 1 s leads to exactly one reset and one check', { timeout: 60_000 }, async () => {
    const site = await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } });
    await survivesRestart(site, 1_000);
  });

  it('that takes 15 s leads to exactly one reset and one check', { timeout: 90_000 }, async () => {
    const site = await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } });
    await survivesRestart(site, 15_000);
  });
});
