import { costOf, forgetPeak } from './fleet-process.ts';
import { changeOneFile, observe, startFleetSite, type FleetSite, type Observed } from './fleet-site.ts';
import { keep } from './keep.ts';
import type { Row } from './row.ts';

/** With the setting's default, and at the end with one that fits the number of nodes; in seconds. */
const allFleets: readonly FleetSize[] = [
  { size: 1, resetJitter: 5 },
  { size: 50, resetJitter: 5 },
  { size: 200, resetJitter: 5 },
  { size: 1_000, resetJitter: 5 },
  { size: 1_000, resetJitter: 60 },
];
const shortMs = 1_000;
/** Longer than the default jitter: all nodes wait at the gate when the broker comes back. */
const longMs = 15_000;

interface FleetSize {
  readonly size: number;
  readonly resetJitter: number;
}

/**
 * What a real Gogs and a real Mosquitto go through when the broker is restarted under 1, 50, 200 and 1,000 nodes. The nodes
 * speak the protocol only and run in this process, on the same machine as the servers.
 */
export async function run(fleets: readonly FleetSize[] = allFleets): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { size, resetJitter } of fleets) {
    const fleet = await startFleetSite(size, resetJitter);
    const take = async (scenario: string, event: () => Promise<unknown>): Promise<void> => {
      rows.push(await measure(fleet, `${scenario}; jitter ${resetJitter} s`, event));
    };
    try {
      const restart = (downMs: number) => (): Promise<void> => fleet.site.broker.restart({ downMs });
      await take('broker away for 1 s', restart(shortMs));
      await take('broker away for 15 s', restart(longMs));
      await take('power comes to all at once', () => restartAtOnce(fleet));
      await changeOneFile(fleet.site, 'after a restart');
      await take('broker away for 1 s, one file of 40 new', restart(shortMs));
    } finally {
      await fleet.site.close();
    }
  }
  await keep('fleet', rows); // docs/scale.md argues with these
  return rows;
}

async function restartAtOnce({ nodes }: FleetSite): Promise<void> {
  await Promise.all(nodes.map((node) => node.powerOff()));
  for (const node of nodes) node.powerOn();
}

async function measure(
  { site, nodes }: FleetSite,
  scenario: string,
  event: () => Promise<unknown>,
): Promise<Row> {
  const gogsBefore = await costOf(site.gogs.pid);
  const brokerPid = site.broker.pid;
  const brokerBefore = await costOf(brokerPid);
  await forgetPeak(site.gogs.pid);
  const observed = await observe(nodes, event);
  const gogs = await costOf(site.gogs.pid);
  const broker = await costOf(site.broker.pid);
  const isSameBroker = site.broker.pid === brokerPid;
  return {
    scenario,
    tool: 'ota',
    nodes: nodes.length,
    seconds: observed.seconds,
    ...figures(observed),
    gogsCpuSeconds: (gogs?.cpuSeconds ?? NaN) - (gogsBefore?.cpuSeconds ?? NaN),
    gogsPeakMB: gogs?.peakMB ?? NaN,
    mosquittoCpuSeconds: (broker?.cpuSeconds ?? NaN) - (isSameBroker ? (brokerBefore?.cpuSeconds ?? NaN) : 0),
    mosquittoPeakMB: broker?.peakMB ?? NaN,
  };
}

function figures({ requests, checks, errors }: Observed): Record<string, number> {
  const latencies = requests.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.ceil(latencies.length * share) - 1] ?? NaN;
  const times = [...checks].sort((a, b) => a - b);
  return {
    requests: requests.length,
    failed: requests.filter(({ status }) => status !== 200).length,
    nodesWithError: errors.length,
    spreadSeconds: ((times.at(-1) ?? NaN) - (times[0] ?? NaN)) / 1000,
    busiestSecond: busiestSecond(requests.map(({ startedAt }) => startedAt)),
    medianMs: Math.round(at(0.5)),
    p95Ms: Math.round(at(0.95)),
    maxMs: Math.round(at(1)),
  };
}

/** Most requests that began within one second. */
function busiestSecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [index, time] of sorted.entries()) {
    while (time - (sorted[first] ?? 0) >= 1000) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
