import { nodeFiles, siteSettings } from '@ota/micropython-firmware';
import { Site, type VirtualNode } from '@ota/testbed';
import { measureMemory } from './ota-memory.ts';
import { seedMain } from './ota-seed.ts';
import { OtaWire } from './ota-wire.ts';
import type { Row } from './row.ts';

const fileCount = 40;
const changed = 'src/part7/file3.py';
const wait = { timeoutMs: 60_000 };
/** Nothing changed: a request of less than that, its answer included. */
const checkBytes = 1000;

/** Two nodes at one site: ours and one that does as the seed does, each with a wire of its own. */
interface Contender {
  readonly tool: string;
  readonly node: VirtualNode;
  readonly wire: OtaWire;
  /** What its console says when it is up to date. */
  readonly done: string;
}

/**
 * What an update costs a node on the wire to its Git server, ours beside the seed's: requests, bytes both ways, seconds from
 * the first byte to the last; then what it needs of the heap.
 *
 * @throws Error where ours asks for more than it has to.
 */
export async function run(): Promise<Row[]> {
  await using site = await Site.start();
  const gogsPort = Number(new URL(site.gogs.baseUrl).port);
  await using oursWire = await OtaWire.to(gogsPort);
  await using seedWire = await OtaWire.to(gogsPort);
  const contenders: readonly Contender[] = [
    { tool: 'ota', wire: oursWire, done: 'starting src.main', node: await addNode(site, oursWire.port) },
    {
      tool: "the seed's way",
      wire: seedWire,
      done: 'UPDATED',
      node: await addNode(site, seedWire.port, seedMain),
    },
  ];
  const rows: Row[] = [];
  const measure = async (scenario: string): Promise<void> => {
    for (const contender of contenders) rows.push(await measureOne(site, contender, scenario));
  };
  await site.commit({ files: tree() });
  await measure(`first install of ${fileCount} files`);
  await measure('nothing changed');
  checkNothingChanged(site, rows);
  await site.commit({ files: { [changed]: 'CHANGED = True\n' } });
  await measure('one file changed');
  return [...rows, ...(await measureMemory())];
}

async function measureOne(site: Site, { tool, node, wire, done }: Contender, scenario: string): Promise<Row> {
  site.gogs.clearRequests();
  wire.reset();
  if (node.isOn) node.reset();
  else await node.powerOn();
  await node.waitForOutput(done, wait);
  const { seconds, connections, bytes } = wire.traffic;
  const paths = site.gogs.requests.map(({ path }) => path);
  if (tool === 'ota' && scenario === 'one file changed') checkOneChanged(paths);
  return { scenario, tool, seconds, requests: paths.length, connections, bytes };
}

function checkNothingChanged(site: Site, rows: readonly Row[]): void {
  const row = rows.find(({ scenario, tool }) => scenario === 'nothing changed' && tool === 'ota');
  if (row?.['requests'] === 1 && Number(row['bytes']) < checkBytes) return;
  throw new Error(`nothing changed at ${site.repository}, and it cost ${JSON.stringify(row)}`);
}

/** Branch, commit, the folders on the way from the commit to the file, and the file: nothing else. */
function checkOneChanged(paths: readonly string[]): void {
  const kinds = paths.map((path) => /\/(commits\/refs|commits|git\/trees|raw)\//.exec(path)?.[1]);
  const folders = ['/', 'src', 'part7'].map(() => 'git/trees');
  const isLeast =
    JSON.stringify(kinds) === JSON.stringify(['commits/refs', 'commits', ...folders, 'raw']) &&
    paths.at(-1)?.endsWith(`/${changed}`) === true;
  if (!isLeast) throw new Error(`one file changed, and this was asked for:\n${paths.join('\n')}`);
}

/** Forty modules in eight folders, and the application that runs with them. */
function tree(): Record<string, string> {
  const files: Record<string, string> = {
    'src/main.py': `def start(env):
    while True:
        env["wdt"].feed()
        env["time"].sleep(0.1)
`,
  };
  for (let index = 0; index < fileCount - 1; index++) {
    const path = `src/part${index % 8}/file${Math.floor(index / 8)}.py`;
    files[path] = `VALUE_${index} = ${index}  # the kind of line that a source file has\n`.repeat(
      10 + index * 2,
    );
  }
  return files;
}

async function addNode(site: Site, port: number, main?: string): Promise<VirtualNode> {
  const name = main === undefined ? 'ours' : 'seed';
  const gogsRemote = `http://127.0.0.1:${port}/${site.repository}`;
  const files = await nodeFiles(siteSettings(site, name, { node: { gogsRemote } }));
  return site.addNode({ name, files: main === undefined ? files : { ...files, '/main.py': main } });
}
