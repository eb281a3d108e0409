import { describe, expect, it } from 'vitest';
import { application, startingWith } from './helpers/application.ts';
import { confirmedNode, stateOf, timeScale } from './helpers/confirmed-node.ts';
import { filesIn, versionOf } from './helpers/installed.ts';
import { startSite } from './helpers/start-site.ts';
import { supported } from './helpers/supported.ts';

describe.each(supported)('a new version on MicroPython %s', (micropython) => {
  it('is on trial until it has fed the watchdog for trialSeconds', async () => {
    const { site, node, messages } = await confirmedNode({ micropython });
    const two = await site.commit({ files: { 'src/main.py': application('two') } });
    node.reset();
    await stateOf(messages, ({ version, state }) => version === two && state === 'trial');
    await stateOf(messages, ({ version, state }) => version === two && state === 'confirmed');
    expect(versionOf(node.flash, '/prev')).toBeDefined();
  });

  it('is confirmed by its own word, where trialSeconds is 0 by nothing else', async () => {
    const { site, node, messages } = await startSite({
      timeScale,
      micropython,
      settings: { trialSeconds: 0 },
    });
    const lines = ['time.sleep(2)', 'print("now", env["updater"].confirm(), env["updater"].confirm())'];
    const loop = ['while True:', '    env["wdt"].feed()', '    time.sleep(1)'];
    const one = await site.commit({ files: { 'src/main.py': startingWith(...lines, ...loop) } });
    await node.powerOn();
    await stateOf(messages, ({ version, state }) => version === one && state === 'trial');
    await node.waitForOutput('now True False');
    const from = messages.messages.length;
    node.reset();
    await stateOf(messages, ({ version, state }) => version === one && state === 'confirmed', from);
  });

  it('that is not confirmed in three starts gives way to the one before, without any network', async () => {
    const { site, node, one } = await confirmedNode({
      micropython,
      settings: { offline: 'run', offlineTries: 1 },
      wifi: { wifiTimeout: 1 },
    });
    const two = await site.commit({
      files: { 'src/main.py': startingWith('print("two starts")', 'return') },
    });
    node.reset();
    await node.waitForOutput('two starts');
    site.wifi.takeAway(site.accessPoint.ssid);
    await node.waitForOutput('two starts', { timeoutMs: 20_000 });
    await node.waitForOutput('two starts', { timeoutMs: 20_000 });
    await node.waitForOutput(`returned to ${one}`, { timeoutMs: 20_000 });
    await node.waitForOutput('version one runs');
    expect(versionOf(node.flash, '/src')).toBe(one);
    expect(node.flash.readText('/ota.json')).toContain(two);
  });
});

describe('a bad application', () => {
  const bad: [what: string, source: string, error: RegExp][] = [
    ['has a syntax error', 'def start(env:\n', /SyntaxError/],
    ['has no start', 'x = 1\n', /AttributeError/],
    ['raises at its import', 'raise ValueError("import")\n', /ValueError: import/],
    ['lacks memory at its import', 'raise MemoryError\n', /MemoryError/],
    [
      'raises after 10 s',
      startingWith(
        'began = time.ticks_ms()',
        'while time.ticks_diff(time.ticks_ms(), began) < 10000:',
        '    env["wdt"].feed()',
        '    time.sleep_ms(200)',
        'raise ValueError("late")',
      ),
      /ValueError: late/,
    ],
    ['loops without an end', startingWith('while True:', '    pass'), /it was not confirmed/],
    ['stops feeding', startingWith('env["wdt"].feed()', 'time.sleep(1000)'), /it was not confirmed/],
    [
      'eats the heap',
      // The heap of this port grows to 2 GB: the last of these cannot be had.
      startingWith(
        'hoard = []',
        'for size in (1000, 100000, 10000000, 2000000000):',
        '    hoard.append(bytearray(size))',
      ),
      /MemoryError: memory allocation failed/,
    ],
    [
      'deletes its own files',
      startingWith('import os', 'os.remove("/src/main.py")', 'os.remove("/src/lib.py")'),
      /./,
    ],
    ['calls sys.exit()', startingWith('import sys', 'sys.exit()'), /SystemExit/],
    [
      'blocks in a socket',
      startingWith(
        'import socket',
        's = socket.socket()',
        's.bind(("0.0.0.0", 8080))',
        's.listen(1)',
        's.accept()',
      ),
      /it was not confirmed/,
    ],
  ];

  it.each(bad)(
    'that %s gives way to the one before, and a good one after it is taken',
    async (_what, source, error) => {
      const { site, node, messages, one } = await confirmedNode({ settings: { watchdogTimeout: 5 } });
      const before = filesIn(node.flash, '/src');
      const two = await site.commit({ files: { 'src/main.py': source } });
      const from = messages.messages.length;
      node.reset();
      const reverted = await stateOf(messages, ({ state }) => state === 'reverted', from, 40_000);
      expect(reverted.version).toBe(one);
      expect(reverted.error).toContain(two);
      expect(reverted.error).toMatch(error);
      await node.waitForOutput('version one runs');
      expect(filesIn(node.flash, '/src')).toEqual(before);
      expect(node.transcript.text).not.toContain('>>>');

      const three = await site.commit({ files: { 'src/main.py': application('three') } });
      node.reset();
      await node.waitForOutput('version three runs');
      expect(versionOf(node.flash, '/src')).toBe(three);
    },
    60_000,
  );

  it('is not taken again as long as the branch stays at it', async () => {
    const { site, node, messages } = await confirmedNode();
    const two = await site.commit({ files: { 'src/main.py': 'x = 1\n' } });
    const from = messages.messages.length;
    node.reset();
    await stateOf(messages, ({ state }) => state === 'reverted', from, 30_000);
    const again = messages.messages.length;
    node.reset();
    const { error } = await stateOf(messages, ({ state }) => state === 'reverted', again);
    expect(error).toContain(two);
    await node.waitForOutput('version one runs');
  }, 60_000);
});

describe('a confirmed version that begins to crash', () => {
  it('is started more and more seldom, and a fix is taken', async () => {
    const source = startingWith(
      'import os',
      'if "poison" in os.listdir("/"):',
      '    print("poisoned")',
      '    raise ValueError',
      'while True:',
      '    env["wdt"].feed()',
      '    time.sleep_ms(200)',
    );
    const { site, node, messages } = await startSite({ timeScale: 50, settings: { trialSeconds: 5 } });
    await site.commit({ files: { 'src/main.py': source } });
    await node.powerOn();
    await stateOf(messages, ({ state }) => state === 'confirmed');
    node.flash.writeFile('/poison', '');
    node.reset();
    await node.waitForOutput(/3 crashes: waiting 20 s[^]*4 crashes: waiting 40 s/, { timeoutMs: 30_000 });
    await site.commit({ files: { 'src/main.py': application('fixed') } });
    await node.waitForOutput('version fixed runs', { timeoutMs: 30_000 });
  }, 60_000);

  it('because it removed its own files gets them back', async () => {
    const { site, node } = await startSite({ timeScale: 50, settings: { trialSeconds: 2 } });
    const loop = ['while True:', '    env["wdt"].feed()', '    time.sleep_ms(200)'];
    await site.commit({
      files: { 'src/main.py': startingWith('from src import lib', ...loop), 'src/lib.py': '' },
    });
    await node.powerOn();
    await node.waitForOutput('confirmed', { timeoutMs: 20_000 });
    node.flash.remove('/src/lib.py');
    node.reset();
    await node.waitForOutput('are damaged', { timeoutMs: 30_000 });
    await node.waitForOutput('fetching src/lib.py');
    await node.waitForOutput('starting src.main');
  }, 60_000);

  it('and is repaired stays confirmed, and the version before stays the one to return to', async () => {
    const { site, node, messages, one } = await confirmedNode({ settings: { trialSeconds: 2 } });
    const loop = ['while True:', '    env["wdt"].feed()', '    time.sleep_ms(200)'];
    const two = await site.commit({
      files: { 'src/main.py': startingWith('from src import lib', ...loop), 'src/lib.py': 'V = 2\n' },
    });
    node.reset();
    await stateOf(messages, ({ version, state }) => version === two && state === 'confirmed');
    node.flash.writeFile('/src/lib.py', 'raise ValueError\n');
    const from = messages.messages.length;
    node.reset();
    await node.waitForOutput('are damaged', { timeoutMs: 30_000 });
    await stateOf(messages, ({ version, state }) => version === two && state === 'confirmed', from);
    await node.waitForOutput('starting src.main');
    expect(node.flash.readText('/src/lib.py')).toBe('V = 2\n');
    expect(versionOf(node.flash, '/prev')).toBe(one);
    expect(filesIn(node.flash, '/prev')['lib.py']).toBe('V = 1\n');
  }, 60_000);
});
