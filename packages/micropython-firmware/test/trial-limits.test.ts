import { describe, expect, it } from 'vitest';
import type { VirtualNode } from '@ota/testbed';
import { application, startingWith } from './helpers/application.ts';
import { confirmedNode, stateOf } from './helpers/confirmed-node.ts';
import { versionOf } from './helpers/installed.ts';
import { useNode } from './helpers/python.ts';
import { startSite, type NodeAtSite } from './helpers/start-site.ts';

const idle = (name: string): string =>
  startingWith(`print("${name} starts")`, 'while True:', '    env["wdt"].feed()', '    time.sleep_ms(200)');

interface Journal {
  readonly trial: string | null;
}

function journalOf({ flash }: VirtualNode): Journal {
  return JSON.parse(flash.readText('/ota.json')) as Journal;
}

/** A node whose version one is confirmed, and whose next one has two starts and ten minutes for it. */
async function patient(): Promise<NodeAtSite & { readonly one: string }> {
  const at = await confirmedNode({ settings: { trialBoots: 2 } });
  const settings = at.node.flash.readText('/nodesettings.py');
  at.node.flash.writeFile('/nodesettings.py', settings.replace(/(trialSeconds['"]: )\d+/, '$1600'));
  return at;
}

describe('a start on trial', () => {
  it('does not count when the broker ended it, but not for ever', async () => {
    const { site, node, messages, one } = await patient();
    const two = await site.commit({ files: { 'src/main.py': idle('two') } });
    node.reset();
    await node.waitForOutput('two starts');
    for (let loss = 1; loss <= 3; loss++) {
      await site.broker.restart({ downMs: 50 });
      await node.waitForOutput('two starts');
      expect(versionOf(node.flash, '/src')).toBe(two);
    }
    const from = messages.messages.length;
    await site.broker.restart({ downMs: 50 });
    await stateOf(messages, ({ version, state }) => version === one && state === 'reverted', from);
  }, 60_000);
});

describe('an application that fills the flash', () => {
  const filling = startingWith(
    'for size in (65536, 1):',
    '    try:',
    '        for n in range(1000):',
    '            env["wdt"].feed()',
    '            with open("/hoard%d_%d" % (size, n), "w") as file:',
    '                file.write("x" * size)',
    '    except OSError:',
    '        pass',
    'print("full")',
    'raise ValueError("full")',
  );

  it('gives way to the one before where its start cannot be written down, and is not taken again', async () => {
    const { site, node, messages, one } = await confirmedNode();
    const two = await site.commit({ files: { 'src/main.py': filling } });
    const from = messages.messages.length;
    node.reset();
    await node.waitForOutput('full');
    const { version, error } = await stateOf(messages, ({ state }) => state === 'reverted', from);
    expect(version).toBe(one);
    expect(error).toBe(`${two} failed: it filled the flash`);
    await node.waitForOutput(`${two} failed on this node and is not taken again: it filled the flash`);
    await node.waitForOutput('version one runs');

    for (const path of node.flash.files().filter((name) => name.startsWith('/hoard')))
      node.flash.remove(path);
    await site.commit({ files: { 'src/main.py': application('three') } });
    node.reset();
    await node.waitForOutput('version three runs');
  }, 60_000);

  it('is started all the same where it is the first', async () => {
    const { site, node } = await startSite({ timeScale: 20 });
    await site.commit({ files: { 'src/main.py': filling } });
    await node.powerOn();
    for (let start = 0; start < 3; start++) await node.waitForOutput('full');
  });
});

describe('an application that ends its life by itself', () => {
  it.each([
    ['sleeps deeply', ['import machine', 'machine.deepsleep(1000)']],
    ['confirms itself and resets', ['env["updater"].confirm()', 'import machine', 'machine.reset()']],
  ])('is not taken for one that crashes where it %s', async (_what, lines) => {
    const { site, node } = await startSite({ timeScale: 10 });
    await site.commit({ files: { 'src/main.py': startingWith('print("awake")', ...lines) } });
    await node.powerOn();
    for (let count = 0; count < 5; count++) await node.waitForOutput('awake');
    expect(node.transcript.text).not.toContain('crashes');
  });
});

describe('a version on trial', () => {
  it('does not count as confirmed when the power goes while the next one is being installed', async () => {
    const { site, node } = await patient();
    const two = await site.commit({ files: { 'src/main.py': idle('two') } });
    node.reset();
    await node.waitForOutput('two starts');
    await site.commit({ files: { 'src/main.py': idle('three') } });
    await node.powerOff();
    const image = node.flash.image();
    await node.powerOn();
    await node.waitForOutput('three starts');
    const seal = node.flash.operations.findIndex(({ path }) => path === '/next/.version');
    await node.powerOff();

    node.flash.restore(image);
    const off = new Promise<void>((resolve) => {
      node.once('powerOff', resolve);
    });
    node.once('boot', () => {
      node.flash.cutPower({ atOperation: seal + 1, phase: 'before' });
    });
    await node.powerOn();
    await off;
    expect(versionOf(node.flash, '/src')).toBe(two);
    expect(journalOf(node).trial).toBe(two);
  }, 60_000);
});

describe('the bad versions', () => {
  const { run } = useNode();

  it('that a node remembers are the last eight', async () => {
    const code = `from ota import trial
journal = trial.Journal()
for commit in "abcdefghijc":
    journal.condemn(commit)
print("".join(trial.Journal().bad))`;
    expect(await run(code)).toBe('defghijc');
  });
});
