import {
  findTool,
  Site,
  startRealGogs,
  type RealGogs,
  type SimulatedNode,
  type SimulatedRequest,
} from '@ota/testbed';

const folders = 8;
const filesInFolder = 5;

/** A site with a real Gogs and a real Mosquitto, and nodes that all run its first commit. */
export interface FleetSite {
  readonly site: Site<RealGogs>;
  readonly nodes: readonly SimulatedNode[];
}

/** What the nodes did between a loss and the report after it. */
export interface Observed {
  readonly requests: readonly SimulatedRequest[];
  /** Of each check, by `performance.now()`. */
  readonly checks: readonly number[];
  /** From the event to the last report, in seconds. */
  readonly seconds: number;
  readonly errors: readonly string[];
}

/** @throws Error that names the program which is not installed. */
export async function startFleetSite(nodeCount: number, resetJitter: number): Promise<FleetSite> {
  for (const tool of ['gogs', 'mosquitto'] as const) {
    if (findTool(tool) === undefined) {
      throw new Error(`${tool} is not installed: put it in PATH or set OTA_${tool.toUpperCase()}`);
    }
  }
  const site = await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } });
  try {
    await site.commit({ files: tree() });
    const pilot = site.addSimulatedNode({ name: 'pilot' });
    pilot.powerOn();
    await reported(pilot);
    await pilot.powerOff();
    const { installed } = pilot;
    if (!installed) throw new Error('the first node could not install');
    const nodes = Array.from({ length: nodeCount }, (_, index) =>
      site.addSimulatedNode({ name: `node${index}`, resetJitter, installed }),
    );
    // So many at a time that Gogs is at ease: this is no part of what is measured.
    for (let from = 0; from < nodes.length; from += 20) {
      const some = nodes.slice(from, from + 20);
      for (const node of some) node.powerOn();
      await Promise.all(some.map(reported));
    }
    return { site, nodes };
  } catch (error) {
    await site.close();
    throw error;
  }
}

/** Has something happen to all nodes, and observes them until each has started again and reported. */
export async function observe(
  nodes: readonly SimulatedNode[],
  event: () => Promise<unknown>,
): Promise<Observed> {
  const requests: SimulatedRequest[] = [];
  const checks: number[] = [];
  const errors: string[] = [];
  const back: Promise<unknown>[] = [];
  for (const node of nodes) {
    node.on('request', (request) => requests.push(request));
    node.on('check', () => checks.push(performance.now()));
    const booted = new Promise<void>((resolve) => node.once('boot', resolve));
    const onState = booted.then(() => reported(node));
    back.push(
      onState.then((error) => {
        if (error !== null) errors.push(error);
      }),
    );
  }
  const startedAt = performance.now();
  await event();
  await Promise.all(back);
  const seconds = (performance.now() - startedAt) / 1000;
  for (const node of nodes) node.removeAllListeners();
  return { requests, checks, seconds, errors };
}

/** One file of forty gets other content. */
export async function changeOneFile(site: Site<RealGogs>, text: string): Promise<string> {
  return site.commit({ files: { 'src/part3/file2.py': `CHANGED = "${text}"\n` } });
}

function reported(node: SimulatedNode): Promise<string | null> {
  return new Promise((resolve) => {
    node.once('state', (_commit, error) => {
      resolve(error);
    });
  });
}

/** Forty modules in eight folders. */
function tree(): Record<string, string> {
  const files: Record<string, string> = { 'src/main.py': 'def start(env): ...\n' };
  for (let index = 0; index < folders * filesInFolder - 1; index++) {
    const path = `src/part${index % folders}/file${Math.floor(index / folders)}.py`;
    files[path] = `VALUE_${index} = ${index}  # the kind of line that a source file has\n`.repeat(10 + index);
  }
  return files;
}
