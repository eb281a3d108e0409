import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MicroPythonDevice } from '@ota/device-fs';
import { findTool, Flash, plugIn, servePty, VirtualNode, type LinkModel, type Tool } from '@ota/testbed';
import { arrived, notDone, ours, scenarioNames } from './device-fs-bounds.ts';
import { isOnBoard, pythonTree, writeTree, type Tree } from './device-fs-tree.ts';
import { WireMeter } from './device-fs-wire.ts';
import { keep } from './keep.ts';
import type { Row } from './row.ts';

export { check } from './device-fs-bounds.ts';

const execute = promisify(execFile);

/** A UART at 115200 baud on an ESP32: 10 ms ticks of FreeRTOS, a ring of 260 bytes, 1 ms of USB each way. */
const esp32: LinkModel = { baud: 115_200, latencyMs: 1, tickMs: 10, receiveBuffer: 260 };
/** What an ESP32 without extra RAM has; a virtual node's heap would let us send larger pieces than a board could take. */
const heapBytes = 110_000;
/** Longer than this no peer is waited for; ours takes a minute at most. */
const peerTimeoutMs = 150_000;
const target = '/app';

interface Contender {
  tool: string;
  version: string;
  /** Copies a directory here to {@link target}. */
  copy: (folder: string, meter: WireMeter) => Promise<void>;
}

/**
 * The same trees to the same virtual node through the same modelled link, by each tool. Seconds count from the first byte on
 * the wire to the end of the command, so that starting Python costs nobody anything. The peers' bytes are never lost to a full
 * receive buffer; ours have to do with its 260 bytes. `OTA_BENCH_TOOL` names one tool to
 * measure alone.
 */
export async function run(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-bench-'));
  try {
    const trees = await scenarios();
    const rows: Row[] = [];
    const only = process.env['OTA_BENCH_TOOL'];
    const chosen = await contenders(only);
    for (const contender of chosen) rows.push(...(await measure(contender, folder, trees)));
    rows.sort((a, b) => order(trees, a) - order(trees, b));
    if (only === undefined) await keep('device-fs', rows);
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Scenario {
  name: string;
  tree: Tree;
}

async function scenarios(): Promise<Scenario[]> {
  const tree = await pythonTree();
  const [path = ''] = [...tree.keys()].sort().slice(17);
  const changed = new Map(tree);
  changed.set(path, Buffer.concat([Buffer.from('# changed\n'), tree.get(path) ?? Buffer.alloc(0)]));
  return [
    { name: scenarioNames.cold, tree },
    { name: scenarioNames.unchanged, tree },
    { name: scenarioNames.changed, tree: changed },
    { name: scenarioNames.binary, tree: new Map([['data.bin', randomBytes(500_000)]]) },
  ];
}

const order = (all: readonly Scenario[], row: Row): number =>
  all.findIndex(({ name }) => name === row.scenario);

async function measure(contender: Contender, folder: string, all: readonly Scenario[]): Promise<Row[]> {
  const node = await VirtualNode.create({ flash: Flash.memory({ sizeBytes: 4 * 1024 * 1024 }) });
  node.flash.mkdir(target); // mpremote wants it to be there
  await node.powerOn();
  const rows: Row[] = [];
  try {
    for (const { name, tree } of all) {
      const source = join(folder, 'tree');
      await writeTree(source, tree);
      const meter = new WireMeter(node.console, contender.tool !== ours);
      let outcome = arrived;
      try {
        await contender.copy(source, meter);
      } catch (error) {
        outcome = isKilled(error) ? `${notDone} after ${peerTimeoutMs / 1000} s` : `failed: ${reason(error)}`;
      }
      const seconds = meter.seconds();
      if (outcome === arrived && !isOnBoard(node.flash, target, tree)) outcome = 'no';
      process.stderr.write(`${contender.tool}, ${name}: ${seconds} s, on the board: ${outcome}\n`);
      const { bytesToNode, bytesFromNode, turnArounds } = meter;
      rows.push({
        scenario: name,
        tool: contender.tool,
        version: contender.version,
        ...{ seconds, bytesToNode, bytesFromNode, turnArounds, 'on the board': outcome },
      });
    }
  } finally {
    await node.close();
  }
  return rows;
}

function isKilled(error: unknown): boolean {
  return (error as { killed?: boolean }).killed === true;
}

/** The last thing that a program said, or the error. */
function reason(error: unknown): string {
  const { stderr, stdout } = error as { stderr?: string; stdout?: string };
  const said = [stderr, stdout, String(error)].find((text) => text?.trim());
  return said?.trim().split('\n').at(-1)?.slice(0, 100) ?? '';
}

async function contenders(only: string | undefined): Promise<Contender[]> {
  const us: Contender = {
    tool: ours,
    version: await ownVersion(),
    copy: async (folder, meter) => {
      await using device = await MicroPythonDevice.connect(plugIn(meter, esp32));
      await device.syncTree(folder, target, { memoryBytes: heapBytes });
    },
  };
  const peers: { tool: Tool; commands: (port: string, folder: string) => string[][] }[] = [
    { tool: 'mpytool', commands: (port, folder) => [['-q', '-p', port, 'cp', `${folder}/`, `:${target}/`]] },
    {
      tool: 'mpremote',
      commands: (port, folder) => [['connect', port, 'fs', 'cp', '-r', `${folder}/.`, `:${target}/`]],
    },
    {
      tool: 'rshell',
      commands: (port, folder) => [['--quiet', '-n', '-p', port, 'rsync', folder, `/pyboard${target}`]],
    },
  ];
  const isChosen = ({ tool }: { tool: string }): boolean => only === undefined || tool === only;
  const others = await Promise.all(
    peers.filter(isChosen).map((peer) => peerContender(peer.tool, peer.commands)),
  );
  return [...[us].filter(isChosen), ...others.flat()];
}

async function ownVersion(): Promise<string> {
  const file = createRequire(import.meta.url).resolve('@ota/device-fs/package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

async function peerContender(
  tool: Tool,
  commands: (port: string, folder: string) => string[][],
): Promise<Contender[]> {
  const program = findTool(tool);
  if (program === undefined) {
    process.stderr.write(`${tool} is not installed: its rows are left out\n`);
    return [];
  }
  const copy = async (folder: string, meter: WireMeter): Promise<void> => {
    const terminal = await servePty(meter, { link: esp32 });
    try {
      for (const command of commands(terminal.path, folder)) {
        await execute(program, command, { timeout: peerTimeoutMs });
      }
    } finally {
      meter.stop();
      await meter.settled();
      await terminal.close();
    }
  };
  const { stdout } = await execute(program, ['--version']);
  return [{ tool, version: /\d+(\.\d+)+/.exec(stdout)?.[0] ?? stdout.trim(), copy }];
}
