import { once } from 'node:events';
import { Site, type SimulatedNode } from '@ota/testbed';
import { onTestFinished } from 'vitest';

export interface FleetSite {
  readonly site: Site;
  readonly nodes: readonly SimulatedNode[];
  /** For `--broker`. */
  readonly broker: string;
  /** The commit that the nodes run. */
  readonly commit: string;
}

/** A site with simulated nodes of these names, which run its first commit, confirmed. Gone when the test is over. */
export async function startFleetSite(names: readonly string[]): Promise<FleetSite> {
  const site = await Site.start();
  onTestFinished(() => site.close());
  const commit = await site.commit({ files: { 'src/main.py': 'def start(env): ...\n' } });
  const nodes = names.map((name) =>
    site.addSimulatedNode({ name, resetJitter: 0, trialSeconds: 0.05, bootMs: 10 }),
  );
  for (const node of nodes) {
    const confirmed = once(node, 'state').then(() => once(node, 'state'));
    node.powerOn();
    await confirmed;
  }
  return { site, nodes, commit, broker: `mqtt://${site.broker.host}:${site.broker.port}` };
}

/** A new version in the repository; the nodes do not know of it yet. */
export function release(site: Site, text: string): Promise<string> {
  return site.commit({ files: { 'src/main.py': `# ${text}\ndef start(env): ...\n` } });
}
