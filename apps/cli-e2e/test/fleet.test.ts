import { Fleet } from '@ota/fleet';
import { Site, startRealGogs, type GogsServer } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addNode, application } from './site.ts';

const wait = { timeoutMs: 60_000 };

/** Two nodes with the real Python, and every method of the fleet. */
async function play(site: Site<GogsServer>): Promise<void> {
  onTestFinished(() => site.close());
  const { host, port } = site.broker;
  const fleet = await Fleet.connect({ url: `mqtt://${host}:${port}` });
  onTestFinished(() => fleet.close());
  const statuses: string[] = [];
  fleet.on('status', (node, status) => statuses.push(`${node} ${status}`));
  const log: string[] = [];
  fleet.on('log', (node, line) => log.push(`${node} ${line}`));
  const problems: unknown[] = [];
  fleet.on('problem', (error) => problems.push(error));

  const one = await site.commit({ files: application(1) });
  const [kitchen, cellar] = await Promise.all([addNode(site, 'kitchen'), addNode(site, 'cellar')]);
  const names = ['kitchen', 'cellar'];
  await Promise.all([kitchen.powerOn(), cellar.powerOn()]);
  await fleet.waitFor(one, names, wait);
  expect(fleet.nodes().map(({ name, target }) => [name, target])).toEqual([
    ['cellar', null],
    ['kitchen', null],
  ]);

  // One node goes first; the other does not move, not even when it looks.
  const two = await site.commit({ files: application(2) });
  await fleet.setTarget('cellar', one);
  await fleet.setTarget('kitchen', two);
  await fleet.waitFor(two, ['kitchen'], wait);
  const [held] = await fleet.trigger(['cellar'], wait);
  expect(held).toMatchObject({ target: one, state: { version: one, error: null } });

  // Without a target it follows its branch again.
  await fleet.setTarget('cellar', null);
  await fleet.waitFor(two, ['cellar'], wait);

  const [returned, restarted] = await Promise.all([
    fleet.rollback(['kitchen'], wait),
    fleet.reset(['cellar'], wait),
  ]);
  expect(returned[0]?.state).toMatchObject({ version: one, state: 'reverted' });
  expect(returned[0]?.state.error).toContain(two);
  expect(restarted[0]?.state).toMatchObject({ version: two, error: null });
  expect(statuses).toContain('kitchen OTA_OK');
  expect(statuses).toContain('kitchen OTA_error');
  expect(log.some((line) => line.startsWith('kitchen ') && line.includes('no update: '))).toBe(true);

  await cellar.powerOff();
  await expect
    .poll(() => fleet.node('cellar')?.state, { timeout: wait.timeoutMs })
    .toMatchObject({ online: false, version: two });
  await expect(fleet.trigger(names)).rejects.toMatchObject({ code: 'FLEET_OFFLINE', nodes: ['cellar'] });
  expect(problems).toEqual([]);
}

describe('a fleet of nodes with the real Python', () => {
  it('on the embedded broker does all that is asked of it', { timeout: 180_000 }, async () => {
    await play(await Site.start());
  });
});

describeWithTools(['gogs', 'mosquitto'], 'a fleet of nodes with the real Python', () => {
  it('on Mosquitto, at a real Gogs, does all that is asked of it', { timeout: 180_000 }, async () => {
    await play(await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } }));
  });
});
