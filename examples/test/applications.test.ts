import { describe, expect, it } from 'vitest';
import { publish } from './helpers/publish.ts';
import { drive, exampleFiles, level, startExample } from './helpers/node.ts';

const state = (payload: string) => JSON.parse(payload) as { state: string; error: string | null };

describe('blink', () => {
  it('blinks, and is confirmed', async () => {
    const { node, messages } = await startExample('blink', { ledPin: 7, blinkSeconds: 0.1 });
    for (const wanted of [1, 0, 1, 0]) {
      await expect.poll(() => level(node, 7), { interval: 10, timeout: 20_000 }).toBe(wanted);
    }
    const last = await messages.waitFor(
      ({ topic, payload }) => topic === 'blink/ota/state' && state(payload).state === 'confirmed',
    );
    expect(state(last.payload).error).toBeNull();
  });
});

describe('door', () => {
  it('says when the door moves, keeps it for whoever asks later, and takes another interval', async () => {
    const { node, messages, site } = await startExample('door', { reportSeconds: 3600 });
    const door = async (from = 0): Promise<unknown> =>
      JSON.parse((await messages.waitFor(({ topic }) => topic === 'door/door', { from })).payload);
    expect(await door()).toEqual({ open: false, moved: 0 });

    let from = messages.messages.length;
    drive(node, 4, 1);
    expect(await door(from)).toEqual({ open: true, moved: 1 });
    from = messages.messages.length;
    drive(node, 4, 0);
    expect(await door(from)).toEqual({ open: false, moved: 2 });

    const later = await site.watch('door/door');
    const kept = await later.waitFor(({ retained }) => retained);
    expect(JSON.parse(kept.payload)).toEqual({ open: false, moved: 2 });

    from = messages.messages.length;
    await publish(site.broker, 'door/interval', 'soon');
    await messages.waitFor(
      ({ topic, payload }) => topic === 'door/ota/log' && payload.includes("no number of seconds: b'soon'"),
    );
    await publish(site.broker, 'door/interval', '1');
    expect(await door(from)).toEqual({ open: false, moved: 2 });
  });
});

describe('sign', () => {
  const pins = [13, 12, 14, 27, 26, 25, 33, 32];

  it('shows what it is told, with a table that came as bytes by the same way as its code', async () => {
    // Longer than the test: a character stays until another text comes.
    const { node, messages, site } = await startExample('sign', { characterMs: 600_000 });
    const lit = () => pins.map((pin) => level(node, pin)).join('');
    const show = async (text: string) => {
      const from = messages.messages.length;
      await publish(site.broker, 'sign/show', text);
      return (await messages.waitFor(({ topic }) => topic === 'sign/shown', { from })).payload;
    };
    await node.waitForOutput('starting src.main');
    await messages.waitFor(
      ({ payload, topic }) => topic === 'sign/ota/state' && state(payload).state === 'confirmed',
    );

    expect(await show('7')).toBe('7');
    expect(lit()).toBe('11100000');
    expect(await show('H.')).toBe('H');
    expect(lit()).toBe('01101110');
    expect(await show('.')).toBe('.');
    expect(lit()).toBe('00000001');
    expect(Buffer.from(node.flash.readFile('/src/glyphs.bin'))).toEqual(
      (await exampleFiles('sign'))['src/glyphs.bin'],
    );
  });

  it('goes on to the next character by itself', async () => {
    const { messages, site, node } = await startExample('sign', { characterMs: 1 });
    await node.waitForOutput('starting src.main');
    await messages.waitFor(
      ({ payload, topic }) => topic === 'sign/ota/state' && state(payload).state === 'confirmed',
    );
    await publish(site.broker, 'sign/show', 'Go');
    const shown = () => messages.messages.filter(({ topic }) => topic === 'sign/shown');
    await expect.poll(() => shown().length, { timeout: 20_000 }).toBeGreaterThan(4);
    expect(
      shown()
        .slice(0, 5)
        .map(({ payload }) => payload),
    ).toEqual(['G', 'o', 'G', 'o', 'G']);
  });

  it('gets a new table without its code being fetched again', async () => {
    const { node, messages, site } = await startExample('sign', { characterMs: 600_000 });
    await messages.waitFor(
      ({ payload, topic }) => topic === 'sign/ota/state' && state(payload).state === 'confirmed',
    );
    const glyphs = Buffer.from((await exampleFiles('sign'))['src/glyphs.bin'] ?? []);
    glyphs[0x37] = 0x27; // a 7 with a hook
    site.gogs.clearRequests();
    const commit = await site.commit({ files: { 'src/glyphs.bin': glyphs } });
    const from = messages.messages.length;
    node.reset();
    await messages.waitFor(
      ({ topic, payload }) =>
        topic === 'sign/ota/state' && state(payload).state === 'confirmed' && payload.includes(commit),
      { from },
    );
    expect(Buffer.from(node.flash.readFile('/src/glyphs.bin'))).toEqual(glyphs);
    const fetched = site.gogs.requests.filter(({ path }) => /\/(raw|contents)\/|\/git\/blobs\//.test(path));
    expect(fetched).toHaveLength(1);
  });
});
