import { readFile } from 'node:fs/promises';
import { parser, type Packet } from 'mqtt-packet';
import { Fleet, type NodeState } from '@ota/fleet';
import { deviceFiles, nodeFiles } from '@ota/micropython-firmware';
import { SimulatedNode, Site, VirtualNode } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { requestsOn, tapeTo, type Tape } from './tape.ts';

const name = 'lamp';
const trialSeconds = 1;
const stepMs = 30_000;

interface Address {
  readonly mqttPort: number;
  readonly remote: string;
}

interface Powered {
  powerOn(): unknown;
}

/** Feeds the watchdog and says nothing: what is on the wire is the node's own. */
function application(version: number): Record<string, string | { executable: string }> {
  return {
    'src/main.py': `def start(env):
    while True:
        env["wdt"].feed()
        env["time"].sleep(0.1)
`,
    'src/parts/text.py': `VERSION = ${version}\n`,
    [`src/parts/only in ${version}.py`]: '',
    'src/same/naïve #1?.txt': 'the same in each version',
    'src/same/deep/constant.py': 'X = 1\n',
    'src/tools/tool.py': { executable: 'print(1)\n' },
  };
}

/** A commit with the same id at every site. */
function commit(site: Site, version: number): Promise<string> {
  const author = { name: 'author', email: 'author@example.test' };
  const date = new Date(Date.UTC(2026, 0, version));
  const message = `Version ${version}`;
  return site.commit({ files: application(version), remove: old(version), author, date, message });
}

function old(version: number): string[] {
  return version === 1 ? [] : [`src/parts/only in ${version - 1}.py`];
}

/**
 * Records what a node sends in a life of all kinds: it installs, is confirmed, loses the broker, updates by command, returns
 * by command, refuses the bad version, and follows a target.
 */
async function record(makeNode: (site: Site, address: Address) => Promise<Powered>): Promise<unknown> {
  const site = await Site.start();
  onTestFinished(() => site.close());
  const broker = await tapeTo(() => site.broker.port);
  const gogs = await tapeTo(() => Number(new URL(site.gogs.baseUrl).port));
  const remote = `http://127.0.0.1:${gogs.port}/${site.repository}`;
  const fleet = await Fleet.connect({ url: `mqtt://127.0.0.1:${site.broker.port}` });
  onTestFinished(() => fleet.close());
  const node = await makeNode(site, { mqttPort: broker.port, remote });

  const one = await commit(site, 1);
  await node.powerOn();
  await until(fleet, { version: one, state: 'confirmed' });
  await site.broker.restart({ downMs: 0 });
  await until(fleet, { version: one, boots: 2 });
  const two = await commit(site, 2);
  await fleet.trigger([name]);
  await until(fleet, { version: two, state: 'confirmed', boots: 3 });
  await fleet.rollback([name]);
  await until(fleet, { version: one, state: 'reverted', boots: 4 });
  await fleet.trigger([name]);
  const three = await commit(site, 3);
  await commit(site, 4);
  await fleet.setTarget(name, three);
  await until(fleet, { version: three, state: 'confirmed', boots: 5 });
  await fleet.reset([name]);
  await until(fleet, { version: three, boots: 6 });
  return {
    http: gogs
      .connections()
      .map((bytes) => requestsOn(bytes).map((head) => head.replace(`127.0.0.1:${gogs.port}`, 'GOGS')))
      .map((heads) => heads.map((head) => head.replace(site.token, 'TOKEN')))
      .filter((heads) => heads.length > 0),
    mqtt: conversations(broker),
  };
}

async function until(fleet: Fleet, wanted: Partial<NodeState>): Promise<void> {
  const state = (): NodeState | undefined => fleet.node(name)?.state;
  await expect.poll(state, { timeout: stepMs, interval: 20 }).toMatchObject({ online: true, ...wanted });
}

/** What was said on each connection that came to more than knocking at a closed door. */
function conversations(tape: Tape): unknown[] {
  return tape
    .connections()
    .map((bytes) => packetsIn(bytes).map(described))
    .filter((packets) => packets.length > 1)
    .map((packets) => packets.filter((packet) => !JSON.stringify(packet).includes('waiting for the broker')));
}

function packetsIn(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  const taken = parser({ protocolVersion: 4 });
  taken.on('packet', (packet: Packet) => packets.push(packet));
  taken.parse(bytes);
  return packets;
}

/** A packet without its values of the moment. */
function described(packet: Packet): unknown {
  if (packet.cmd === 'subscribe') return [packet.cmd, packet.messageId, packet.subscriptions];
  if (packet.cmd === 'connect') {
    const { clientId, keepalive, clean, protocolId, protocolVersion, will } = packet;
    const text = will && { ...will, payload: JSON.parse(will.payload.toString()) as unknown };
    return { clientId, keepalive, clean, protocolId, protocolVersion, will: text };
  }
  if (packet.cmd !== 'publish') return packet.cmd;
  const { topic, qos, retain, payload } = packet;
  return { topic, qos, retain, payload: withoutMoment(topic, payload.toString()) };
}

function withoutMoment(topic: string, payload: string): unknown {
  if (topic.endsWith('/ota/log')) return payload.replace(/^\[[^\]]+\]/, '');
  if (!topic.endsWith('/ota/state')) return payload;
  const state = JSON.parse(payload) as Record<string, unknown>;
  const ofTheMoment = ['heap', 'since', 'firmware', 'cmd'];
  const values = Object.entries(state).map(([key, value]) => [
    key,
    ofTheMoment.includes(key) ? value !== null && typeof value : value,
  ]);
  return Object.fromEntries(values) as unknown;
}

async function virtual(site: Site, { mqttPort, remote }: Address): Promise<VirtualNode> {
  const files = await nodeFiles({
    wifi: {
      wifiAP: site.accessPoint.ssid,
      wifiPassword: site.accessPoint.password,
      mqtt_ip: '127.0.0.1',
      mqtt_port: mqttPort,
    },
    node: {
      controllerName: name,
      gogsRemote: remote,
      gogsBranch: 'main',
      gogsToken: site.token,
      resetJitter: 0,
      trialSeconds,
    },
  });
  return site.addNode({ name, files });
}

function simulated(site: Site, { mqttPort, remote }: Address): Promise<SimulatedNode> {
  const broker = { host: '127.0.0.1', port: mqttPort };
  const node = new SimulatedNode({ name, broker, remote, token: site.token, resetJitter: 0, trialSeconds });
  onTestFinished(() => node.powerOff());
  return Promise.resolve(node);
}

it(
  'sends what a node sends: the same requests with the same headers, the same packets in the same order',
  { timeout: 120_000 },
  async () => {
    const [real, imitation] = await Promise.all([record(virtual), record(simulated)]);
    expect(imitation).toEqual(real);
  },
);

it('draws its waits as a node does: anything from nothing to the jitter, each as often', async () => {
  const files = await nodeFiles(settingsThatDoNotMatter);
  // As it is written, with the names that are looked at here.
  for (const { path, source } of await deviceFiles()) files[path] = await readFile(source);
  const node = await VirtualNode.create({ files });
  onTestFinished(() => node.close());
  node.flash.removeTree('/main.py');
  await node.powerOn();
  const { output, traceback } = await node.exec(`
from ota.node import Node
node = Node()
node._jitter_ms = 5000
counts = [0] * 5
for _ in range(2000):
    counts[node._random_ms() // 1000] += 1
print(counts)
`);
  expect(traceback).toBe('');
  const counts = JSON.parse(output) as number[];
  // 400 each, give or take five standard deviations (18).
  for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(90);
});

const settingsThatDoNotMatter = {
  wifi: { wifiAP: 'site', wifiPassword: '', mqtt_ip: '127.0.0.1' },
  node: { controllerName: name, gogsRemote: 'http://127.0.0.1/a/b' },
};
