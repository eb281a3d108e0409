import { describe, expect, it } from 'vitest';
import { plugIn } from '../../src/console/console-cable.ts';
import { FakePort, pattern } from './fake-port.ts';
import { patience } from './patience.ts';

function reading(cable: NodeJS.ReadableStream): () => Buffer {
  const parts: Buffer[] = [];
  cable.on('data', (bytes: Buffer) => parts.push(bytes));
  return () => Buffer.concat(parts);
}

describe('a cable without a link model', () => {
  it('hands bytes of every value to the node at once', () => {
    const port = new FakePort();
    const cable = plugIn(port);
    cable.write(pattern(600));
    cable.write('tail');
    expect(port.received).toEqual(Buffer.concat([pattern(600), Buffer.from('tail')]));
  });

  it('hands what the node writes to the host at once', () => {
    const port = new FakePort();
    const cable = plugIn(port);
    port.send(pattern(600));
    port.send('tail');
    expect(cable.read()).toEqual(Buffer.concat([pattern(600), Buffer.from('tail')]));
  });

  it('does not hold on to the memory that the node writes from', () => {
    const port = new FakePort();
    const cable = plugIn(port);
    const memory = Buffer.from('abc');
    port.send(memory);
    memory.fill('x');
    expect(String(cable.read())).toBe('abc');
  });

  it('is one of several on the same node', async () => {
    const port = new FakePort();
    const [first, second] = [plugIn(port), plugIn(port)];
    const [firstSeen, secondSeen] = [reading(first), reading(second)];
    first.write('1');
    second.write('2');
    port.send('both');
    expect(port.received.toString()).toBe('12');
    await expect.poll(() => firstSeen().toString() + secondSeen().toString(), patience).toBe('bothboth');
    first.destroy();
    port.send('!');
    await expect.poll(() => secondSeen().toString(), patience).toBe('both!');
    expect(firstSeen().toString()).toBe('both');
  });

  it('leaves nothing on the node when it is unplugged', () => {
    const port = new FakePort();
    const cable = plugIn(port);
    expect(port.listeners).toBe(1);
    cable.destroy();
    expect(port.listeners).toBe(0);
    cable.on('error', () => undefined);
    cable.write('late');
    expect(port.received).toHaveLength(0);
  });

  it('counts bytes each way, and each time the host begins to send', () => {
    const port = new FakePort();
    const cable = plugIn(port);
    expect(cable.stats).toEqual({ bytesToNode: 0, bytesFromNode: 0, lostBytes: 0, turnArounds: 0 });
    cable.write('abc');
    cable.write('de');
    port.send('1234');
    port.send('5');
    cable.write('f');
    port.send('6');
    expect(cable.stats).toEqual({ bytesToNode: 6, bytesFromNode: 6, lostBytes: 0, turnArounds: 2 });
  });

  it.each([
    { baud: 0 },
    { baud: NaN },
    { latencyMs: -1 },
    { tickMs: Infinity },
    { receiveBuffer: 1 },
    { loss: { rate: 2, seed: 1 } },
  ])('refuses %j', (link) => {
    const port = new FakePort();
    expect(() => plugIn(port, link)).toThrow(TypeError);
    expect(port.listeners).toBe(0);
  });
});

describe('the receive buffer of a node', () => {
  it('holds one byte less than its size; the rest is lost in silence', () => {
    const port = new FakePort();
    port.isReading = false;
    const cable = plugIn(port, { receiveBuffer: 260 });
    cable.write(pattern(300));
    cable.write(pattern(10));
    expect(port.received).toEqual(pattern(259));
    expect(cable.stats).toMatchObject({ bytesToNode: 310, lostBytes: 51 });
  });

  it('never fills while the node reads in time', () => {
    const port = new FakePort();
    const cable = plugIn(port, { receiveBuffer: 260 });
    for (let count = 0; count < 10; count += 1) cable.write(pattern(259));
    expect(port.received).toHaveLength(2590);
    expect(cable.stats.lostBytes).toBe(0);
  });
});

describe('faults of a link', () => {
  it('happen to the bytes that are named', () => {
    const port = new FakePort();
    const cable = plugIn(port, {
      loss: (direction, byteIndex) => {
        if (direction === 'fromNode') return byteIndex === 0 ? 'drop' : undefined;
        return [undefined, 'drop', 'repeat', { changeTo: 0x21 }][byteIndex % 4] as 'drop' | undefined;
      },
    });
    cable.write('abc');
    cable.write('def');
    port.send('xyz');
    expect(port.received.toString()).toBe('acc!e');
    expect(String(cable.read())).toBe('yz');
    expect(cable.stats).toEqual({ bytesToNode: 6, bytesFromNode: 3, lostBytes: 3, turnArounds: 1 });
  });

  it('at random are the same for the same seed, however the bytes are cut', () => {
    const run = (seed: number, chunk: number) => {
      const port = new FakePort();
      const cable = plugIn(port, { loss: { rate: 0.05, seed } });
      const bytes = pattern(2000);
      for (let start = 0; start < bytes.length; start += chunk)
        cable.write(bytes.subarray(start, start + chunk));
      return port.received;
    };
    expect(run(1, 2000)).toEqual(run(1, 7));
    expect(run(1, 2000)).not.toEqual(run(2, 2000));
    expect(run(1, 2000)).not.toEqual(pattern(2000));
  });

  it.each([
    { kind: 'drop', length: (faults: number) => 20_000 - faults },
    { kind: 'repeat', length: (faults: number) => 20_000 + faults },
  ] as const)('at random are as many as the rate says: $kind', ({ kind, length }) => {
    const port = new FakePort();
    plugIn(port, { loss: { rate: 0.01, seed: 7, kinds: [kind] } }).write(pattern(20_000));
    const least = Math.min(length(140), length(260));
    expect(port.received.length).toBeGreaterThanOrEqual(least);
    expect(port.received.length).toBeLessThanOrEqual(Math.max(length(140), length(260)));
  });

  it('at random change one bit of a byte', () => {
    const port = new FakePort();
    plugIn(port, { loss: { rate: 1, seed: 7, kinds: ['change'] } }).write(pattern(256));
    const flipped = [...port.received].map((byte, index) => byte ^ index);
    expect(flipped.every((bits) => bits !== 0 && (bits & (bits - 1)) === 0)).toBe(true);
    expect(new Set(flipped).size).toBe(8);
  });

  it('at random can be kept to one direction', () => {
    const port = new FakePort();
    const cable = plugIn(port, { loss: { rate: 1, seed: 7, kinds: ['drop'], directions: ['toNode'] } });
    cable.write('lost');
    port.send('heard');
    expect(port.received).toHaveLength(0);
    expect(String(cable.read())).toBe('heard');
    expect(cable.stats.lostBytes).toBe(4);
  });
});
