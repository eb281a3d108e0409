import type { VirtualNode } from '@ota/testbed';
import type { DemoSite } from './demo-site.ts';
import type { Timeline } from './timeline.ts';
import { applicationFiles } from './application.ts';
import { setTimeout as delay } from 'node:timers/promises';

export { DemoFailedError } from './demo-failed-error.ts';

const brokerDownMs = 1_000;

/**
 * The loop that the project is about: a node installs version 1, runs it, and when the broker stops for a moment installs
 * version 2.
 *
 * @returns the ids of both commits.
 * @throws DemoFailedError that names the step; the signal's reason.
 */
export async function runLoop(
  { site, node }: DemoSite,
  timeline: Timeline,
  { signal, stepTimeoutMs = 25_000 }: { signal: AbortSignal; stepTimeoutMs?: number },
): Promise<{ first: string; second: string }> {
  const messages = await site.watch('#');
  const wait = { timeoutMs: stepTimeoutMs, signal };
  timeline.say('site', `Gogs stand-in ${site.gogs.baseUrl}, broker ${site.broker.host}:${site.broker.port}`);

  const installs = async (commit: string): Promise<void> => {
    const state = await messages.waitFor(
      ({ topic, payload }) => topic === `${node.name}/ota/state` && versionIn(payload) === commit,
      wait,
    );
    timeline.say(node.name, `${state.topic}: runs ${commit.slice(0, 10)}`);
  };
  const greets = async (text: string): Promise<void> => {
    const { topic, payload } = await messages.waitFor(
      (message) => message.topic === `${node.name}/greeting` && message.payload === text,
      wait,
    );
    timeline.say(node.name, `${topic}: ${payload}`);
  };

  const first = await timeline.step('commit version 1', () =>
    site.commit({ message: 'Version 1', files: applicationFiles(1) }),
  );
  timeline.say('gogs', `version 1 is commit ${first.slice(0, 10)}`);
  followNode(node, timeline);
  await timeline.step('boot the node', () => node.powerOn());
  await timeline.step('install version 1', () => installs(first));
  await timeline.step('run version 1', () => greets('version 1 greets'));

  const second = await timeline.step('commit version 2', () =>
    site.commit({ message: 'Version 2', files: applicationFiles(2) }),
  );
  timeline.say('gogs', `version 2 is commit ${second.slice(0, 10)}`);
  const rebooted = node.waitForBoot(wait);
  rebooted.catch(() => undefined); // reported by its step below
  await timeline.step('restart the broker', async () => {
    timeline.say('broker', `stops for ${brokerDownMs / 1000} s`);
    await site.broker.stop();
    await delay(brokerDownMs, undefined, { signal });
    await site.broker.start({ signal });
    timeline.say('broker', 'is back');
  });
  await timeline.step('reset the node', () => rebooted);
  await timeline.step('install version 2', () => installs(second));
  await timeline.step('run version 2', () => greets('version 2 greets'));
  return { first, second };
}

/** Boots, resets, and what the updater writes to the console. */
function followNode(node: VirtualNode, timeline: Timeline): void {
  node.on('boot', (reason) => {
    timeline.say(node.name, `boots (${reason})`);
  });
  let line = '';
  node.on('output', (bytes) => {
    const lines = (line + Buffer.from(bytes).toString('utf8')).split('\r\n');
    line = lines.pop() ?? '';
    for (const text of lines) {
      const said = /\[OTAUpdater\] (.*)/.exec(text)?.[1];
      if (said) timeline.say(node.name, said);
    }
  });
}

function versionIn(payload: string): unknown {
  return (JSON.parse(payload) as { version?: unknown }).version;
}
