import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GogsStandIn, sampleFirmware, Site, startRealGogs } from '../src/index.ts';
import { describeWithTools } from '../src/vitest.ts';
import { python } from './node-helpers.ts';

/** A folder that is the temporary one for this test alone. */
async function ownTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-site-test-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  return folder;
}

async function isReachable(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** Threads, servers and child processes of this process. */
function resources(): string[] {
  const kinds = ['MessagePort', 'Worker', 'TCPServerWrap', 'ProcessWrap'];
  return process
    .getActiveResourcesInfo()
    .filter((kind) => kinds.includes(kind))
    .sort();
}

describe('Site', () => {
  it('gives a node WiFi, a broker, and a repository that its token may read and not write', async () => {
    const site = await Site.start();
    onTestFinished(() => site.close());
    const commit = await site.commit({ files: { 'src/main.py': 'X = 1\n' } });
    const node = await site.addNode({ name: 'kitchen' });
    const messages = await site.watch('kitchen/#');
    await node.powerOn();
    const { hostname, port } = new URL(site.gogs.baseUrl);
    const output = await python(
      node,
      `
import network, time, socket
from umqtt.simple import MQTTClient
wlan = network.WLAN()
wlan.active(True)
wlan.connect('${site.accessPoint.ssid}', '${site.accessPoint.password}')
while not wlan.isconnected():
    time.sleep_ms(10)
client = MQTTClient(b'kitchen', '${site.broker.host}', ${site.broker.port})
client.connect()
client.publish(b'kitchen/hello', b'world')
s = socket.socket()
s.connect(('${hostname}', ${port}))
s.write(b'GET /api/v1/repos/${site.repository}/commits/refs/heads/main HTTP/1.0\\r\\n'
        b'Authorization: token ${site.token}\\r\\n\\r\\n')
print(s.read().split(b'\\r\\n\\r\\n')[1].decode())`,
    );
    expect(output).toBe(`${commit}\n`);
    await messages.waitFor(({ topic, payload }) => topic === 'kitchen/hello' && payload === 'world');
    const put = await fetch(`${site.gogs.baseUrl}/api/v1/repos/${site.repository}/contents/src/x`, {
      method: 'PUT',
      headers: { authorization: `token ${site.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'x', content: 'eA==' }),
    });
    expect(put.status).toBe(403);
  });

  it('has boards too, whose nodes are in reach of its access point and end with it', async () => {
    const site = await Site.start();
    onTestFinished(() => site.close());
    const board = await site.addBoard({ node: { name: 'shed' }, firmware: sampleFirmware() });
    await board.waitForOutput('>>> ');
    const seen = await python(
      board.node,
      'import network; w = network.WLAN(); w.active(True); print(w.scan()[0][0])',
    );
    expect(seen).toBe(`b'${site.accessPoint.ssid}'\n`);
    await site.close();
    expect(board.node.isOn).toBe(false);
  });

  it('leaves no port, no file and no thread behind, and may be closed twice', async () => {
    const temporary = await ownTemporaryFolder();
    const before = resources();
    const site = await Site.start();
    const node = await site.addNode({ name: 'a', files: { '/main.py': 'while True: pass' } });
    await node.powerOn();
    expect(await readdir(temporary)).not.toEqual([]);
    expect(resources()).not.toEqual(before);
    await Promise.all([site.close(), site.close()]);
    await expect.poll(resources).toEqual(before);
    expect(await isReachable(site.gogs.baseUrl)).toBe(false);
    expect(await isReachable(`http://${site.broker.host}:${site.broker.port}`)).toBe(false);
    expect(node.isOn).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('closes what was still being added when it was closed', async () => {
    const site = await Site.start();
    const adding = [
      site.addNode({ name: 'late' }),
      site.addBoard({ node: { name: 'shed' }, firmware: sampleFirmware() }),
      site.watch(),
    ];
    const settled = Promise.allSettled(adding);
    await site.close();
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SITE_CLOSED' } });
    }
    expect(() => site.addSimulatedNode({ name: 'later' })).toThrow(/closed/);
    expect(site.nodes).toEqual([]);
  });

  it('cleans up what it had started when the rest cannot start', async () => {
    const temporary = await ownTemporaryFolder();
    let gogs: GogsStandIn | undefined;
    const startGogs = async (): Promise<GogsStandIn> => (gogs = await GogsStandIn.start());
    const broken = Site.start({ startGogs, broker: { username: 'no:colons', password: 'x' } });
    await expect(broken).rejects.toMatchObject({ code: 'BROKER_OPTION' });
    expect(await isReachable(gogs?.baseUrl ?? '')).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });
});

describeWithTools(['gogs', 'mosquitto'], 'a site with Mosquitto and a real Gogs', () => {
  it('leaves no process, no port and no file behind', async () => {
    const temporary = await ownTemporaryFolder();
    const before = resources();
    const site = await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } });
    onTestFinished(() => site.close());
    const programs = [site.gogs.pid ?? 0, site.broker.pid ?? 0];
    expect(programs.map((pid) => process.kill(pid, 0))).toEqual([true, true]);
    await site.close();
    for (const pid of programs) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await isReachable(site.gogs.baseUrl)).toBe(false);
    expect(await isReachable(`http://${site.broker.host}:${site.broker.port}`)).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
    await expect.poll(resources).toEqual(before);
  });
});
