import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plugIn } from '../../src/console/console-cable.ts';
import { Lane } from '../../src/console/lane.ts';
import { FakePort, pattern } from './fake-port.ts';

describe('a modelled link', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  /** Modelled milliseconds until `isDone`, to 1 ms. */
  async function timeUntil(isDone: () => boolean, limitMs: number): Promise<number> {
    const start = performance.now();
    while (!isDone() && performance.now() - start < limitMs) await pass(1);
    return performance.now() - start;
  }

  it('takes its latency each way', async () => {
    const port = new FakePort();
    port.isEcho = true;
    const cable = plugIn(port, { latencyMs: 20 });
    cable.write('hi');
    await pass(19);
    expect(port.received.toString()).toBe('');
    await pass(1);
    expect(port.received.toString()).toBe('hi');
    await pass(19);
    expect(cable.read()).toBeNull();
    await pass(1);
    expect(String(cable.read())).toBe('hi');
    cable.destroy();
  });

  it.each([{ chunk: 100_000 }, { chunk: 1000 }, { chunk: 7 }])(
    'takes 8.68 s for 100 kB to the node at 115200 baud, in writes of $chunk',
    async ({ chunk }) => {
      const port = new FakePort();
      const cable = plugIn(port, { baud: 115_200 });
      const bytes = pattern(100_000);
      for (let start = 0; start < bytes.length; start += chunk)
        cable.write(bytes.subarray(start, start + chunk));
      await pass(4340);
      expect(Math.abs(port.received.length - 50_000)).toBeLessThan(50);
      const rest = await timeUntil(() => port.received.length === bytes.length, 10_000);
      expect(4340 + rest).toBeGreaterThanOrEqual(8680);
      expect(4340 + rest).toBeLessThan(8690);
      expect(port.received).toEqual(bytes);
      expect(Math.max(...port.chunks)).toBeLessThan(30);
      cable.destroy();
    },
  );

  it('takes 8.68 s for 100 kB from a writer that waits when it is told to', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 115_200 });
    let sent = 0;
    const send = () => {
      while (sent < 1000) {
        sent += 1;
        if (!cable.write(pattern(100))) {
          cable.once('drain', send);
          return;
        }
      }
    };
    send();
    expect(sent).toBeLessThan(300);
    const taken = await timeUntil(() => port.received.length === 100_000, 10_000);
    expect(taken).toBeGreaterThanOrEqual(8680);
    expect(taken).toBeLessThan(8690);
    cable.destroy();
  });

  it('takes 8.68 s for 100 kB from the node, while the host sends as much', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 115_200, latencyMs: 1 });
    let heard = 0;
    cable.on('data', (bytes: Buffer) => (heard += bytes.length));
    cable.write(pattern(100_000));
    for (let count = 0; count < 100; count += 1) port.send(pattern(1000));
    const taken = await timeUntil(() => heard === 100_000 && port.received.length === 100_000, 10_000);
    expect(taken).toBeGreaterThanOrEqual(8681);
    expect(taken).toBeLessThan(8691);
    cable.destroy();
  });

  it('takes up the wire again after a pause without making up for it', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 10_000 });
    cable.write(pattern(10));
    await pass(1000);
    cable.write(pattern(10));
    expect(await timeUntil(() => port.received.length === 20, 1000)).toBe(10);
    cable.destroy();
  });

  it('lets the node see its input at ticks only', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 115_200, tickMs: 10 });
    await pass(10 - (performance.now() % 10) + 1);
    cable.write(pattern(1));
    await pass(8);
    expect(port.received).toHaveLength(0);
    await pass(1);
    expect(port.received).toHaveLength(1);
    cable.write(pattern(300));
    await timeUntil(() => port.received.length === 301, 100);
    expect(port.chunks).toEqual([1, 115, 115, 70]);
    cable.destroy();
  });

  it('overflows the receive buffer when more comes in a tick than it holds', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 921_600, tickMs: 10, receiveBuffer: 260 });
    await pass(10 - (performance.now() % 10));
    cable.write(pattern(921));
    await pass(20);
    expect(port.received).toEqual(pattern(259));
    expect(cable.stats.lostBytes).toBe(921 - 259);
    cable.destroy();
  });

  it('keeps a writer waiting once the driver has 4 kB to send', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 10_000 });
    const done: string[] = [];
    cable.write(pattern(4096), () => done.push('first'));
    cable.write(pattern(100), () => done.push('second'));
    await pass(0);
    expect(done).toEqual(['first']);
    await pass(99);
    expect(done).toEqual(['first']);
    await pass(2);
    expect(done).toEqual(['first', 'second']);
    cable.destroy();
  });

  it('finishes when everything has arrived', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 10_000, latencyMs: 5 });
    let receivedAtFinish = -1;
    cable.once('finish', () => {
      receivedAtFinish = port.received.length;
    });
    cable.end(pattern(100));
    await pass(104);
    expect(receivedAtFinish).toBe(-1);
    await pass(1);
    expect(receivedAtFinish).toBe(100);
    cable.destroy();
  });

  it('stops everything when it is unplugged', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 10_000, latencyMs: 5, tickMs: 10 });
    const errors: unknown[] = [];
    cable.on('error', (error) => errors.push(error));
    const answered = new Promise((resolve) => cable.write(pattern(10_000), resolve));
    port.send('on its way');
    await pass(50);
    const before = port.received.length;
    expect(before).toBeGreaterThan(0);
    cable.destroy();
    expect(vi.getTimerCount()).toBe(0);
    expect(await answered).toMatchObject({ code: 'CONSOLE_UNPLUGGED' });
    port.send('unheard');
    await pass(10_000);
    expect(port.received).toHaveLength(before);
    expect(errors).toEqual([]);
  });

  it('has one timer for each direction at most', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 10_000 });
    for (let count = 0; count < 50; count += 1) {
      cable.write(pattern(100));
      port.send(pattern(100));
    }
    await pass(10);
    expect(vi.getTimerCount()).toBe(2);
    cable.destroy();
  });

  it.each([
    { title: 'a tick at a time', tickMs: 10, armedMs: 10, first: 10 },
    { title: 'in portions', tickMs: 0, armedMs: 1, first: 3 },
  ])('hands over what piled up while the process was held up $title', ({ tickMs, armedMs, first }) => {
    const chunks: number[] = [];
    const lane = new Lane({
      ...{ byteMs: 1, latencyMs: 0, tickMs, stepMs: 2 },
      deliver: (bytes) => chunks.push(bytes.length),
    });
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    lane.push(pattern(100));
    nowMs = 100;
    vi.advanceTimersByTime(armedMs);
    expect(chunks).toEqual([first]);
    vi.advanceTimersByTime(50);
    expect(chunks.reduce((sum, count) => sum + count)).toBe(100);
    expect(Math.max(...chunks)).toBe(first);
    lane.stop();
  });
});

describe('a modelled link on the real clock', () => {
  it('takes its time', async () => {
    const port = new FakePort();
    const cable = plugIn(port, { baud: 115_200 });
    const start = performance.now();
    cable.end(pattern(4000));
    await once(cable, 'finish');
    const taken = performance.now() - start;
    expect(port.received).toEqual(pattern(4000));
    expect(taken).toBeGreaterThanOrEqual(347);
    expect(taken).toBeLessThan(2000); // a machine may be busy; how exact it is, the other tests say
    cable.destroy();
  });
});
