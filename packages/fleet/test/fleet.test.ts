import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { createBroker, type Broker } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { Fleet, type FleetError, type FleetOptions } from '../src/index.ts';

const commit = (digit: string): string => digit.repeat(40);

/** What has to go when a test is over, last come first. */
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startBroker(options: Parameters<typeof createBroker>[0] = {}): Promise<Broker> {
  const broker = await createBroker(options);
  cleanUps.push(() => broker.close());
  return broker;
}

const urlOf = ({ host, port }: Broker): string => `mqtt://${host}:${port}`;

async function connectFleet(broker: Broker, options: Partial<FleetOptions> = {}): Promise<Fleet> {
  const fleet = await Fleet.connect({ url: urlOf(broker), ...options });
  cleanUps.push(() => fleet.close());
  return fleet;
}

/** The MQTT side of a node: state with a last will, and what it does on a command. */
async function startNode(broker: Broker, name: string, version: string): Promise<MqttClient> {
  const state = (more: object): string =>
    JSON.stringify({ node: name, online: true, version, state: 'confirmed', ...more });
  const client = await connectAsync(urlOf(broker), {
    will: {
      topic: `${name}/ota/state`,
      payload: Buffer.from(JSON.stringify({ node: name, online: false })),
      retain: true,
      qos: 0,
    },
  });
  cleanUps.push(() => client.endAsync(true));
  client.on('message', (_topic, payload) => {
    const { cmd, id } = JSON.parse(payload.toString()) as { cmd: string; id: string };
    const error = cmd === 'rollback' ? 'there is no previous version' : null;
    client.publish(`${name}/ota/state`, state({ cmd: id, error }), { retain: true });
  });
  await client.subscribeAsync([`ota/cmd/${name}`, 'ota/cmd/all']);
  await client.publishAsync(`${name}/ota/state`, state({}), { retain: true, qos: 1 });
  return client;
}

function specifyFleet(kind: 'embedded' | 'mosquitto'): void {
  it('knows every node that left a retained state, at once', async () => {
    const broker = await startBroker({ kind });
    await startNode(broker, 'kitchen', commit('1'));
    await startNode(broker, 'cellar', commit('2'));
    const fleet = await connectFleet(broker);
    expect(fleet.nodes().map(({ name, state }) => [name, state.online, state.version])).toEqual([
      ['cellar', true, commit('2')],
      ['kitchen', true, commit('1')],
    ]);
  });

  it('tells when a node was there for the last time, and of one that was gone before that it is not known', async () => {
    const broker = await startBroker({ kind });
    const node = await startNode(broker, 'kitchen', commit('1'));
    const fleet = await connectFleet(broker);
    const asOnline = fleet.node('kitchen')?.lastSeen;
    expect(asOnline).toBeInstanceOf(Date);
    const gone = new Promise((resolve) => fleet.once('change', resolve));
    node.stream.destroy();
    await node.endAsync(true);
    await gone;
    const asGone = fleet.node('kitchen')?.lastSeen;
    expect(asGone?.getTime()).toBeGreaterThanOrEqual(asOnline?.getTime() ?? Infinity);
    const later = await connectFleet(broker);
    expect(later.node('kitchen')).toMatchObject({ state: { online: false }, lastSeen: null });
  });

  it('sees a node vanish, and still knows what it ran', async () => {
    const broker = await startBroker({ kind });
    const node = await startNode(broker, 'kitchen', commit('1'));
    const fleet = await connectFleet(broker);
    const gone = new Promise((resolve) => fleet.once('change', resolve));
    node.stream.destroy();
    await node.endAsync(true);
    await gone;
    expect(fleet.node('kitchen')?.state).toMatchObject({ online: false, version: commit('1') });
  });

  it('waits until nodes took a command, and shows what they say', async () => {
    const broker = await startBroker({ kind });
    await startNode(broker, 'kitchen', commit('1'));
    await startNode(broker, 'cellar', commit('1'));
    const fleet = await connectFleet(broker);
    const checked = await fleet.trigger(['kitchen', 'cellar']);
    expect(checked.map(({ name }) => name)).toEqual(['kitchen', 'cellar']);
    const [returned] = await fleet.rollback(['kitchen']);
    expect(returned?.state.error).toBe('there is no previous version');
  });

  it('waits for a version, and names those who did not reach it', async () => {
    const broker = await startBroker({ kind });
    await startNode(broker, 'kitchen', commit('2'));
    await startNode(broker, 'cellar', commit('1'));
    const fleet = await connectFleet(broker);
    await expect(fleet.waitFor(commit('2'), ['kitchen'])).resolves.toHaveLength(1);
    await expect(
      fleet.waitFor(commit('2'), ['kitchen', 'cellar', 'attic'], { timeoutMs: 200 }),
    ).rejects.toMatchObject({ code: 'FLEET_TIMEOUT', nodes: ['cellar', 'attic'] });
    const reached = fleet.waitFor(commit('2'), ['cellar']);
    await startNode(broker, 'cellar', commit('2'));
    await expect(reached).resolves.toMatchObject([{ name: 'cellar', state: { version: commit('2') } }]);
  });

  it('sets a target that stays, and takes it away', async () => {
    const broker = await startBroker({ kind });
    const fleet = await connectFleet(broker);
    await fleet.setTarget('kitchen', commit('3'));
    const targets = async (): Promise<string[]> => {
      const client = await connectAsync(urlOf(broker));
      const seen: string[] = [];
      client.on('message', (topic, payload) => {
        if (topic !== 'end') seen.push(`${topic} ${payload.toString()}`);
      });
      await client.subscribeAsync(['ota/target/+', 'end'], { qos: 1 });
      const end = new Promise<void>((resolve) => {
        client.on('message', (topic) => {
          if (topic === 'end') resolve();
        });
      });
      await client.publishAsync('end', '', { qos: 1 });
      await end;
      await client.endAsync(true);
      return seen;
    };
    expect(await targets()).toEqual([`ota/target/kitchen {"commit":"${commit('3')}"}`]);
    await fleet.setTarget('kitchen', null);
    expect(await targets()).toEqual([]);
  });

  it('shows the target of a node, whichever of the two came first', async () => {
    const broker = await startBroker({ kind });
    const first = await connectFleet(broker);
    await first.setTarget('kitchen', commit('3'));
    await startNode(broker, 'kitchen', commit('1'));
    await startNode(broker, 'cellar', commit('1'));
    const fleet = await connectFleet(broker);
    expect(fleet.nodes().map(({ name, target }) => [name, target])).toEqual([
      ['cellar', null],
      ['kitchen', commit('3')],
    ]);
    await fleet.setTarget('cellar', commit('2'));
    await fleet.setTarget('kitchen', null);
    await expect.poll(() => fleet.nodes().map(({ target }) => target)).toEqual([commit('2'), null]);
  });

  it('tells of all nodes and then of what changes, until it is closed', async () => {
    const broker = await startBroker({ kind });
    await startNode(broker, 'kitchen', commit('1'));
    const fleet = await connectFleet(broker);
    const seen: string[] = [];
    for await (const { name, state } of fleet.changes()) {
      seen.push(`${name} ${state.version?.[0] ?? ''}`);
      if (seen.length === 1) await startNode(broker, 'cellar', commit('2'));
      else await fleet.close();
    }
    expect(seen).toEqual(['kitchen 1', 'cellar 2']);
  });

  it('goes on after a restart of the broker', async () => {
    const broker = await startBroker({ kind });
    const fleet = await connectFleet(broker);
    const connections: boolean[] = [];
    fleet.on('connection', (connected) => connections.push(connected));
    await broker.restart({ downMs: 100 });
    await startNode(broker, 'kitchen', commit('1'));
    await expect(fleet.waitFor(commit('1'), ['kitchen'], { timeoutMs: 15_000 })).resolves.toHaveLength(1);
    expect(connections).toEqual([false, true]);
    expect(fleet.connected).toBe(true);
  });
}

describe('Fleet on the embedded broker', () => {
  specifyFleet('embedded');
});

describeWithTools(['mosquitto'], 'Fleet on Mosquitto', () => {
  specifyFleet('mosquitto');

  it('knows more nodes than a broker keeps messages of QoS 1 for one client', async () => {
    const broker = await startBroker({ kind: 'mosquitto' });
    const client = await connectAsync(urlOf(broker));
    cleanUps.push(() => client.endAsync(true));
    const names = Array.from({ length: 1_500 }, (_, at) => `node${String(at).padStart(4, '0')}`);
    const options = { retain: true, qos: 1 } as const;
    const target = JSON.stringify({ commit: commit('2') });
    for (const node of names) {
      await client.publishAsync(`ota/target/${node}`, target, options);
      const state = { node, online: true, version: commit('1'), state: 'confirmed', ref: 'refs/heads/main' };
      await client.publishAsync(`${node}/ota/state`, JSON.stringify(state), options);
    }
    const fleet = await connectFleet(broker);
    const seen = fleet.nodes().map((node) => [node.name, node.target]);
    expect(seen).toEqual(names.map((name) => [name, commit('2')]));
  });
});

describe('Fleet', () => {
  it('connects with a password and TLS, and says what to do where that fails', async () => {
    const broker = await startBroker({ username: 'site', password: 'let-me-in', tls: true });
    const url = `mqtts://${broker.host}:${broker.tlsPort ?? 0}`;
    const access = { url, username: 'site', password: 'let-me-in', ca: broker.ca ?? '' };
    const fleet = await connectFleet(broker, access);
    expect(fleet.nodes()).toEqual([]);
    const refused: FleetError = await Fleet.connect({ ...access, password: 'wrong-secret' }).then(
      () => expect.unreachable(),
      (error: unknown) => error as FleetError,
    );
    expect(refused.code).toBe('FLEET_CONNECT');
    expect(refused.message).toContain('check user name and password');
    expect(refused.message).not.toContain('wrong-secret');
  });

  it('does not wait for a broker that is not there', async () => {
    const broker = await startBroker();
    const url = urlOf(broker);
    await broker.stop();
    await expect(Fleet.connect({ url })).rejects.toMatchObject({ code: 'FLEET_CONNECT' });
  });

  it('gives up on a silent broker after its time, or when it is told to', async () => {
    const broker = await startBroker();
    broker.dropSilently();
    const url = urlOf(broker);
    await expect(Fleet.connect({ url, timeoutMs: 200 })).rejects.toMatchObject({ code: 'FLEET_CONNECT' });
    const reason = new Error('enough');
    const connecting = Fleet.connect({ url, timeoutMs: 5_000, signal: AbortSignal.abort(reason) });
    await expect(connecting).rejects.toBe(reason);
  });

  it('lets go of a silent broker at once when it is told to, not after its time', async () => {
    const broker = await startBroker();
    broker.dropSilently();
    const controller = new AbortController();
    const reason = new Error('enough');
    const connecting = Fleet.connect({
      ...{ url: urlOf(broker), timeoutMs: 3_600_000, signal: controller.signal },
    });
    await expect.poll(() => broker.connections).toBeGreaterThan(0);
    controller.abort(reason);
    await expect(connecting).rejects.toBe(reason);
  });

  it('does not wait for ever for a broker to take a target', async () => {
    const broker = await startBroker();
    const fleet = await connectFleet(broker);
    broker.dropSilently();
    const late = fleet.setTarget('kitchen', commit('1'), { timeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ code: 'FLEET_TIMEOUT' });
    const controller = new AbortController();
    const told = fleet.setTarget('kitchen', commit('1'), { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(told).rejects.toThrow('enough');
  });

  it('refuses bad input before it sends anything', async () => {
    await expect(Fleet.connect({ url: 'http://broker' })).rejects.toMatchObject({ code: 'FLEET_OPTION' });
    const withSecret = Fleet.connect({ url: 'mqtt://user:hidden@broker' });
    await expect(withSecret).rejects.toThrow(/must not hold a user name/);
    const fleet = await connectFleet(await startBroker());
    await expect(fleet.trigger(['a/b'])).rejects.toMatchObject({ code: 'FLEET_OPTION' });
    await expect(fleet.reset(['all'])).rejects.toMatchObject({ code: 'FLEET_OPTION' });
    await expect(fleet.setTarget('a', 'main')).rejects.toMatchObject({ code: 'FLEET_OPTION' });
  });

  it('sends no command to a node that would not hear it', async () => {
    const broker = await startBroker();
    const node = await startNode(broker, 'kitchen', commit('1'));
    const fleet = await connectFleet(broker);
    const gone = new Promise((resolve) => fleet.once('change', resolve));
    node.stream.destroy();
    await node.endAsync(true);
    await gone;
    await expect(fleet.rollback(['kitchen', 'attic'])).rejects.toMatchObject({
      code: 'FLEET_OFFLINE',
      nodes: ['kitchen', 'attic'],
    });
  });

  it('forgets a node whose retained state was taken away', async () => {
    const broker = await startBroker();
    const node = await startNode(broker, 'kitchen', commit('1'));
    const fleet = await connectFleet(broker);
    const forgotten: string[] = [];
    fleet.on('forgotten', (name) => forgotten.push(name));
    await node.publishAsync('kitchen/ota/state', '', { retain: true, qos: 1 });
    await expect.poll(() => fleet.nodes()).toEqual([]);
    await node.publishAsync('kitchen/ota/state', '', { retain: true, qos: 1 });
    await node.publishAsync('kitchen/boot/status', 'OTA_OK', { qos: 1 });
    expect(forgotten).toEqual(['kitchen']);
  });

  it('ends the view of changes with the reason of the signal', async () => {
    const fleet = await connectFleet(await startBroker());
    const controller = new AbortController();
    const next = fleet.changes({ signal: controller.signal }).next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  it('passes on warnings, and what on a state topic is none', async () => {
    const broker = await startBroker();
    const fleet = await connectFleet(broker);
    const client = await connectAsync(urlOf(broker));
    cleanUps.push(() => client.endAsync(true));
    const log = new Promise((resolve) =>
      fleet.once('log', (node, line) => {
        resolve([node, line]);
      }),
    );
    const problem = new Promise<FleetError>((resolve) => fleet.once('problem', resolve));
    const status = new Promise((resolve) =>
      fleet.once('status', (node, said) => {
        resolve([node, said]);
      }),
    );
    await client.publishAsync('kitchen/boot/status', 'OTA_error');
    await expect(status).resolves.toEqual(['kitchen', 'OTA_error']);
    await client.publishAsync('kitchen/ota/log', 'no update: the flash is full');
    await client.publishAsync('kitchen/ota/state', 'not JSON');
    await expect(log).resolves.toEqual(['kitchen', 'no update: the flash is full']);
    await expect(problem).resolves.toMatchObject({ code: 'FLEET_PAYLOAD' });
    expect(fleet.nodes()).toEqual([]);
  });

  it('ends what waits when it is closed or told to', async () => {
    const fleet = await connectFleet(await startBroker());
    const closed = fleet.waitFor(commit('1'), ['kitchen']);
    const controller = new AbortController();
    const told = fleet.waitFor(commit('1'), ['kitchen'], { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(told).rejects.toThrow('enough');
    await Promise.all([expect(closed).rejects.toMatchObject({ code: 'FLEET_CLOSED' }), fleet.close()]);
    await expect(fleet.trigger(['kitchen'])).rejects.toMatchObject({ code: 'FLEET_CLOSED' });
  });
});
