import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBroker, type Broker } from '../../src/broker/broker.ts';
import type { MessageWatch } from '../../src/broker/message-watch.ts';
import { watch } from '../../src/broker/watch.ts';

describe('watch', () => {
  let broker: Broker;
  let seen: MessageWatch;
  let publisher: MqttClient;

  beforeEach(async () => {
    broker = await createBroker();
    seen = await watch(broker, 'node/#');
    publisher = await connectAsync({ host: broker.host, port: broker.port });
  });

  afterEach(async () => {
    await publisher.endAsync(true);
    await seen.close();
    await broker.close();
  });

  it('records messages in order, with their bytes and the time they came', async () => {
    const before = Date.now();
    await publisher.publishAsync('node/a', Buffer.from([0, 255]));
    await publisher.publishAsync('other', 'not watched');
    await publisher.publishAsync('node/b', 'text');
    const last = await seen.waitFor(({ topic }) => topic === 'node/b');

    expect(seen.messages.map(({ topic }) => topic)).toEqual(['node/a', 'node/b']);
    expect([...(seen.messages[0]?.bytes ?? [])]).toEqual([0, 255]);
    expect(last.at).toBeGreaterThanOrEqual(before);
    expect(last.at).toBeLessThanOrEqual(Date.now());
  });

  it('finds a message that came before, and on request only one that comes later', async () => {
    await publisher.publishAsync('node/a', '1');
    await seen.waitFor(() => true);
    const later = seen.waitFor(({ topic }) => topic === 'node/a', { from: seen.messages.length });
    await publisher.publishAsync('node/a', '2');

    expect(await seen.waitFor(() => true)).toMatchObject({ payload: '1' });
    expect(await later).toMatchObject({ payload: '2' });
  });

  it('gives up after its time and names the topics it saw, not what was said there', async () => {
    await publisher.publishAsync('node/a', 'a secret');
    await seen.waitFor(() => true);

    const timedOut = await seen.waitFor(() => false, { timeoutMs: 20 }).catch((error: unknown) => error);
    expect(timedOut).toMatchObject({
      code: 'BROKER_WATCH_TIMEOUT',
      message: 'No such message under node/# within 20 ms; 1 others came, the last on node/a',
    });
  });

  it('ends a wait with the reason of its signal', async () => {
    const controller = new AbortController();
    const waiting = seen.waitFor(() => true, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);

    await expect(waiting).rejects.toBe(reason);
    await expect(seen.waitFor(() => true, { signal: controller.signal })).rejects.toBe(reason);
  });

  it('tells who still waits that it was closed', async () => {
    const waiting = expect(seen.waitFor(() => true)).rejects.toMatchObject({ code: 'BROKER_WATCH_CLOSED' });
    await seen.close();

    await waiting;
    await seen.close();
    await broker.restart({ downMs: 0 });
  });

  it('passes on what the predicate throws', async () => {
    const fault = new TypeError('no such field');
    const waiting = expect(
      seen.waitFor(() => {
        throw fault;
      }),
    ).rejects.toBe(fault);
    await publisher.publishAsync('node/a', '1');

    await waiting;
  });

  it('hears a client vanish while the network is silent', async () => {
    const client = await connectAsync({
      host: broker.host,
      port: broker.port,
      keepalive: 1,
      reconnectPeriod: 0,
      will: { topic: 'node/state', payload: Buffer.from('offline') },
    });
    broker.dropSilently();

    expect(await seen.waitFor(() => true)).toMatchObject({ topic: 'node/state', payload: 'offline' });
    await client.endAsync(true);
  });
});
