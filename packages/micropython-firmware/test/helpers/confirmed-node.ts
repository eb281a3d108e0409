import type { MessageWatch, ObservedMessage } from '@ota/testbed';
import { application } from './application.ts';
import { startSite, type NodeAtSite, type NodeAtSiteOptions } from './start-site.ts';

/** Of a node of `confirmedNode`. */
export const timeScale = 20;

export interface State {
  readonly cmd?: unknown;
  readonly version: string | null;
  readonly previous: string | null;
  readonly state: string;
  readonly error: string | null;
}

/** The first state a node publishes after `from` that is as wanted. */
export async function stateOf(
  messages: MessageWatch,
  wanted: (state: State) => boolean,
  from = 0,
  timeoutMs = 15_000,
): Promise<State> {
  const isState = ({ topic, payload }: ObservedMessage): boolean =>
    topic === 'lamp/ota/state' && payload.includes('"version"') && wanted(JSON.parse(payload) as State);
  const { payload } = await messages.waitFor(isState, { from, timeoutMs });
  return JSON.parse(payload) as State;
}

/** A node whose version one is confirmed. */
export async function confirmedNode(
  options: NodeAtSiteOptions = {},
): Promise<NodeAtSite & { readonly one: string }> {
  const { settings, ...more } = options;
  const at = await startSite({
    timeScale,
    settings: { watchdogTimeout: 10, trialSeconds: 20, ...settings },
    ...more,
  });
  const one = await at.site.commit({ files: { 'src/main.py': application('one'), 'src/lib.py': 'V = 1\n' } });
  await at.node.powerOn();
  await stateOf(at.messages, ({ version, state }) => version === one && state === 'confirmed');
  return { ...at, one };
}
