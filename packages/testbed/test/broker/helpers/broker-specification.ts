import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { createBroker, type Broker, type BrokerOptions } from '../../../src/broker/broker.ts';
import type { BrokerKind } from '../../../src/broker/server.ts';
import { watch } from '../../../src/broker/watch.ts';
import { makeCertificates } from '../../../src/certificates/make-certificates.ts';
import { Clients, knock } from './clients.ts';

const soon = { timeout: 5_000, interval: 10 };
const connack = Buffer.from([0x20, 2, 0, 0]);
const pingresp = Buffer.from([0xd0, 0]);

/** Waits until this process holds no socket, server or child, and no more timers than that. */
async function expectNothingOpen(timers = Infinity): Promise<void> {
  const open = (): string[] =>
    process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|Process)/.test(name));
  const end = performance.now() + soon.timeout;
  // Not vi.waitFor: it has timers of its own.
  while ((open().length > 0 || openTimers() > timers) && performance.now() < end) await setImmediate();
  expect(open()).toEqual([]);
  expect(openTimers()).toBeLessThanOrEqual(timers);
}

function openTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** What every broker of the testbed does, whatever program is behind it. Call it inside a `describe`. */
export function specifyBroker(kind: BrokerKind): void {
  const clients = new Clients();
  const brokers: Broker[] = [];
  const folders: string[] = [];

  const start = async (options: BrokerOptions = {}): Promise<Broker> => {
    const broker = await createBroker({ ...options, kind });
    brokers.push(broker);
    return broker;
  };

  afterEach(async () => {
    await clients.close();
    await Promise.all(brokers.splice(0).map((broker) => broker.close()));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
    vi.unstubAllEnvs();
  });

  it('delivers messages, and retained ones to those who come later', async () => {
    const broker = await start();
    const publisher = await clients.mqtt(broker);
    const seen = await watch(broker, 'site/#');
    await publisher.publishAsync('site/live', 'once');
    await publisher.publishAsync('site/kept', 'grüß', { retain: true, qos: 1 });

    expect(await seen.waitFor(({ topic }) => topic === 'site/live')).toMatchObject({
      payload: 'once',
      retained: false,
    });
    expect(await seen.waitFor(({ topic }) => topic === 'site/kept')).toMatchObject({
      payload: 'grüß',
      retained: false,
    });
    const late = await watch(broker, 'site/#');
    expect(await late.waitFor(() => true)).toMatchObject({
      topic: 'site/kept',
      payload: 'grüß',
      retained: true,
    });
    expect(late.messages).toHaveLength(1);
    await Promise.all([seen.close(), late.close()]);
  });

  it('delivers what came in one piece in its order, a retained message and the next one too', async () => {
    const broker = await start();
    await using seen = await watch(broker, 'order/#');
    const publisher = await clients.mqtt(broker);
    const rounds = Array.from({ length: 50 }, (_, round) => String(round));
    for (const round of rounds) {
      // Not awaited in between: both leave in one TCP segment.
      const kept = publisher.publishAsync('order/kept', round, { retain: true });
      await Promise.all([kept, publisher.publishAsync('order/live', round)]);
    }
    await seen.waitFor(({ topic, payload }) => topic === 'order/live' && payload === rounds.at(-1));
    const expected = rounds.flatMap((round) => [`order/kept ${round}`, `order/live ${round}`]);
    expect(seen.messages.map(({ topic, payload }) => `${topic} ${payload}`)).toEqual(expected);
  });

  it('publishes the last will of a client that vanishes, and not of one that says goodbye', async () => {
    const broker = await start();
    await using seen = await watch(broker, 'will/#');
    const will = (name: string) => ({ will: { topic: `will/${name}`, payload: Buffer.from('gone') } });
    const polite = await clients.mqtt(broker, will('polite'));
    await polite.endAsync();
    const vanishing = await clients.mqtt(broker, will('vanishing'));
    vanishing.stream.destroy();

    expect(await seen.waitFor(() => true)).toMatchObject({ topic: 'will/vanishing', payload: 'gone' });
    expect(seen.messages).toHaveLength(1);
  });

  it('lets everybody in where no user is set', async () => {
    const broker = await start();

    await clients.mqtt(broker);
    await clients.mqtt(broker, { username: 'anybody', password: 'anything' });
    await vi.waitFor(() => {
      expect(broker.connectCount).toBe(2);
    }, soon);
  });

  it('lets in who has the password and refuses all others with CONNACK 5', async () => {
    const broker = await start({ username: 'site', password: 'pa$$ wörd' });

    await clients.mqtt(broker, { username: 'site', password: 'pa$$ wörd' });
    await expect(clients.mqtt(broker)).rejects.toMatchObject({ code: 5 });
    await expect(clients.mqtt(broker, { username: 'site', password: 'wrong' })).rejects.toMatchObject({
      code: 5,
    });
    await expect(clients.mqtt(broker, { username: 'other', password: 'pa$$ wörd' })).rejects.toMatchObject({
      code: 5,
    });
    await vi.waitFor(() => {
      expect(broker.connectCount).toBe(1);
    }, soon);
  });

  it('observes with the right credentials by itself, and shows them in no dump of the object', async () => {
    const broker = await start({ username: 'site', password: 'hidden-word' });
    await using seen = await watch(broker, 'a');
    const client = await clients.mqtt(broker, broker.credentials());
    await client.publishAsync('a', '1');

    expect(await seen.waitFor(() => true)).toMatchObject({ payload: '1' });
    expect(inspect(broker, { depth: 9, showHidden: true }) + JSON.stringify(broker)).not.toContain(
      'hidden-word',
    );
  });

  it('speaks TLS to a client that trusts its authority, and to no other', async () => {
    const broker = await start({ tls: true });
    const stranger = await makeCertificates({ names: ['127.0.0.1'] });
    await using seen = await watch(broker, 'secure');

    const client = await clients.mqtts(broker, { ca: broker.ca ?? '' });
    await client.publishAsync('secure', 'yes');
    expect(await seen.waitFor(() => true)).toMatchObject({ payload: 'yes' });
    await expect(clients.mqtts(broker, { ca: stranger.ca })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('takes a certificate that was made elsewhere', async () => {
    const certificate = await makeCertificates({ names: ['broker.site'] });
    const broker = await start({ tls: { certificate } });

    await clients.mqtts(broker, { ca: certificate.ca, servername: 'broker.site' });
    await expect(clients.mqtts(broker, { ca: certificate.ca })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('tells its clients when it stops, refuses them while it is down, and serves them on the same ports after', async () => {
    const broker = await start({ tls: true });
    const { port, tlsPort } = broker;
    const client = await clients.tcp(broker);
    client.sendConnect('node');
    await vi.waitFor(() => {
      expect(client.received).toEqual(connack);
    }, soon);

    await broker.stop();
    await vi.waitFor(() => {
      expect(client.ended).toBeDefined();
    }, soon);
    expect(broker.connections).toBe(0);
    expect(await knock(port)).toBe('ECONNREFUSED');
    expect(await knock(tlsPort ?? 0)).toBe('ECONNREFUSED');

    await broker.start();
    expect([broker.port, broker.tlsPort]).toEqual([port, tlsPort]);
    await clients.mqtt(broker);
    await clients.mqtts(broker, { ca: broker.ca ?? '' });
    await vi.waitFor(() => {
      expect(broker.connectCount).toBe(3);
    }, soon);
  });

  it('is down for as long as a restart is told to last', async () => {
    const broker = await start();
    const client = await clients.mqtt(broker);
    const closed = new Promise<number>((resolve) =>
      client.once('close', () => {
        resolve(performance.now());
      }),
    );

    await broker.restart({ downMs: 1_000 });
    expect(performance.now() - (await closed)).toBeGreaterThan(950);
    await clients.mqtt(broker);
  });

  it('stays down where a restart is aborted', async () => {
    const broker = await start();
    const reason = new Error('enough');
    const controller = new AbortController();
    const restarted = broker.restart({ downMs: 60_000, signal: controller.signal });
    await vi.waitFor(async () => {
      expect(await knock(broker.port)).toBe('ECONNREFUSED');
    }, soon);
    controller.abort(reason);

    await expect(restarted).rejects.toBe(reason);
    expect(await knock(broker.port)).toBe('ECONNREFUSED');
    await broker.start();
    await clients.mqtt(broker);
  });

  it('keeps retained messages over a restart, last wills of the clients it cut off too', async () => {
    const broker = await start();
    const node = await clients.mqtt(broker, {
      will: { topic: 'node/state', payload: Buffer.from('offline'), retain: true, qos: 1 },
    });
    await node.publishAsync('node/state', 'online', { retain: true, qos: 1 });
    await node.publishAsync('node/version', '1', { retain: true, qos: 1 });

    await broker.restart({ downMs: 0 });
    await using seen = await watch(broker, 'node/+');
    await seen.waitFor(({ topic }) => topic === 'node/version');
    expect(await seen.waitFor(({ topic }) => topic === 'node/state')).toMatchObject({
      payload: 'offline',
      retained: true,
    });
  });

  it('lets an observer miss nothing after a restart', async () => {
    const broker = await start();
    await using seen = await watch(broker, 'boot');
    await broker.stop();
    const hurried = (async () => {
      for (;;) {
        const client = await clients.mqtt(broker).catch(() => undefined);
        if (client) return client.publishAsync('boot', 'first');
      }
    })();
    await broker.start();
    await hurried;

    expect(await seen.waitFor(() => true)).toMatchObject({ payload: 'first', retained: false });
  });

  it('goes silent without a word to TCP: only keepalive notices', async () => {
    const broker = await start();
    const raw = await clients.tcp(broker);
    raw.sendConnect('raw');
    const client = await clients.mqtt(broker, {
      keepalive: 1,
      will: { topic: 'will', payload: Buffer.from('unheard of') },
    });
    const closed = vi.fn();
    client.on('close', closed);
    await using seen = await watch(broker, 'will');
    await vi.waitFor(() => {
      expect(raw.received).toEqual(connack);
    }, soon);

    broker.dropSilently();
    raw.sendPing();
    // The service hears no ping for 1.5 keepalives and the client gets no answer to its own: each gives up by itself.
    expect(await seen.waitFor(() => true)).toMatchObject({ payload: 'unheard of' });
    await vi.waitFor(() => {
      expect(closed).toHaveBeenCalled();
    }, soon);
    expect(raw.ended).toBeUndefined();
    expect(raw.received).toEqual(connack);
  });

  it('lets new connections hang while it is silent, and afterwards resets them and serves others', async () => {
    const broker = await start();
    const before = await clients.tcp(broker);
    before.sendConnect('before');
    await vi.waitFor(() => {
      expect(before.received).toEqual(connack);
    }, soon);
    broker.dropSilently();
    const during = await clients.tcp(broker);
    during.sendConnect('during');
    await expect(clients.mqtt(broker, { connectTimeout: 300 })).rejects.toThrow();
    expect([before.ended, during.ended, during.received.length]).toEqual([undefined, undefined, 0]);

    broker.resume();
    await vi.waitFor(() => {
      expect([before.ended, during.ended]).toEqual(['ECONNRESET', 'ECONNRESET']);
    }, soon);
    const after = await clients.tcp(broker);
    after.sendConnect('after');
    after.sendPing();
    await vi.waitFor(() => {
      expect(after.received).toEqual(Buffer.concat([connack, pingresp]));
    }, soon);
  });

  it('stays silent while the service stops and starts behind it', async () => {
    const broker = await start();
    const client = await clients.tcp(broker);
    client.sendConnect('node');
    await vi.waitFor(() => {
      expect(client.received).toEqual(connack);
    }, soon);

    broker.dropSilently();
    await broker.restart({ downMs: 0 });
    await expect(clients.mqtt(broker, { connectTimeout: 300 })).rejects.toThrow();
    expect(client.ended).toBeUndefined();
    await broker.stop();
    broker.resume();
    await vi.waitFor(() => {
      expect(client.ended).toBe('ECONNRESET');
    }, soon);
    expect(await knock(broker.port)).toBe('ECONNREFUSED');
  });

  it('counts open connections and all connects, but not its observers', async () => {
    const broker = await start();
    await using seen = await watch(broker, '#');
    const first = await clients.mqtt(broker);
    await clients.mqtt(broker);
    expect(broker.connections).toBe(2);
    await first.endAsync();

    await vi.waitFor(() => {
      expect([broker.connections, broker.connectCount]).toEqual([1, 2]);
    }, soon);
    expect(seen.messages).toEqual([]);
  });

  it('listens on the port it was given, and says so when that is taken', async () => {
    const first = await start();
    await expect(start({ port: first.port })).rejects.toMatchObject({
      code: 'BROKER_START',
      cause: { code: 'EADDRINUSE' },
    });
    const { port } = first;
    await first.close();

    expect((await start({ port })).port).toBe(port);
  });

  it('leaves no port, file or process behind, and cannot be used again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'broker-test-'));
    folders.push(folder);
    vi.stubEnv('TMPDIR', folder);
    await expectNothingOpen();
    const timers = openTimers();
    const broker = await start({ tls: true, username: 'site', password: 'secret' });
    await watch(broker, '#');
    const client = await clients.mqtt(broker, broker.credentials());
    await client.endAsync();
    broker.dropSilently();
    await broker.close();

    expect(await knock(broker.port)).toBe('ECONNREFUSED');
    expect(await knock(broker.tlsPort ?? 0)).toBe('ECONNREFUSED');
    expect(readdirSync(folder)).toEqual([]);
    await expectNothingOpen(timers);
    await expect(broker.start()).rejects.toMatchObject({ code: 'BROKER_CLOSED' });
    await expect(watch(broker, '#')).rejects.toMatchObject({ code: 'BROKER_CLOSED' });
    await broker.close();
  });
}
