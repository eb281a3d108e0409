import { describe, expect, it } from 'vitest';
import type { Change } from '@ota/testbed';
import type { NodeSettings } from '../src/index.ts';
import { application } from './helpers/application.ts';
import { filesIn, versionOf } from './helpers/installed.ts';
import { frontThat, refusal } from './helpers/refusal.ts';
import { shortKey, signed } from './helpers/signed.ts';
import { startSite, type NodeAtSite } from './helpers/start-site.ts';

const key = await shortKey();
const files = (name: string): Record<string, string> => ({
  'src/main.py': application(name),
  'src/lib/a.py': 'A = 1\n',
  'src/lib/b.py': 'B = 2\n',
  'src/lib-x.py': '',
});

/** A node with a key that runs version one, with serial number 10. */
async function runningNode(
  settings: Partial<NodeSettings> = {},
  micropython?: string,
): Promise<NodeAtSite & { one: string }> {
  const at = await startSite({
    timeScale: 5,
    settings: { gogsKey: key.gogsKey, httpTimeout: 3, watchdogTimeout: 60, ...settings },
    ...(micropython !== undefined && { micropython }),
  });
  const one = await at.site.commit({ files: signed(files('one'), key, 10) });
  await at.node.powerOn();
  await at.node.waitForOutput('version one runs');
  return { ...at, one };
}

/** What the node says to a commit that it does not take; then it takes the next that is signed. */
async function refusalOf(at: NodeAtSite & { one: string }, change: Change): Promise<string> {
  const before = filesIn(at.node.flash, '/src');
  await at.site.commit(change);
  const reason = await refusal(at);
  expect(versionOf(at.node.flash, '/src')).toBe(at.one);
  expect(filesIn(at.node.flash, '/src')).toEqual(before);
  await at.site.commit({ files: signed(files('two'), key, 11), remove: added(change) });
  at.node.reset();
  await at.node.waitForOutput('version two runs');
  return reason;
}

/** What a change brought that the next version has not. */
function added({ files: changed = {} }: Change): string[] {
  return Object.keys(changed).filter((path) => !(path in files('')) && path !== 'src/.signature');
}

describe('a signed version', () => {
  it.each(['1.23.0', '1.25.0', undefined])('is installed by MicroPython %s', async (micropython) => {
    const at = await runningNode({}, micropython);
    const commit = await at.site.commit({ files: signed(files('two'), key, 11) });
    at.node.reset();
    await at.node.waitForOutput('version two runs');
    expect(versionOf(at.node.flash, '/src')).toBe(commit);
    expect(at.node.flash.readText('/src/.signature')).toContain('ota-release 1\n11\n');
  });

  it('has its files in the order of Git, whatever their names are', async () => {
    const at = await startSite({ timeScale: 5, settings: { gogsKey: key.gogsKey } });
    const names = [
      'a.py',
      'a/b.py',
      'a-b.py',
      'a-b/c.py',
      'a0/c.py',
      'B/d e.py',
      'a/b/.x',
      'é.py',
      'z/\u{1f680}',
      'z/\uffee',
    ];
    const odd = Object.fromEntries(names.map((name) => [`src/${name}`, name]));
    await at.site.commit({ files: signed({ ...files('one'), ...odd }, key, 10) });
    await at.node.powerOn();
    await at.node.waitForOutput('version one runs');
    expect(filesIn(at.node.flash, '/src')).toMatchObject(
      Object.fromEntries(names.map((name) => [name, name])),
    );
  });

  it('may come again in another commit, and goes to nodes without a key as well', async () => {
    const at = await runningNode();
    const commit = await at.site.commit({ files: { README: 'new' } });
    at.node.reset();
    await at.node.waitForOutput(`installed ${commit}`);
    const other = await startSite({ timeScale: 5 });
    await other.site.commit({ files: signed(files('one'), key, 10) });
    await other.node.powerOn();
    await other.node.waitForOutput('version one runs');
  });

  it('is wanted from now on when a key is set: what is installed goes on without one', async () => {
    const at = await startSite({ timeScale: 5 });
    await at.site.commit({ files: files('one') });
    await at.node.powerOn();
    await at.node.waitForOutput('version one runs');
    const settings = at.node.flash.readText('/nodesettings.py');
    at.node.flash.writeFile('/nodesettings.py', settings.replace('{', `{"gogsKey": "${key.gogsKey}",`));
    at.node.reset();
    await at.node.waitForOutput('up to date at');
    await at.node.waitForOutput('version one runs');
    await at.site.commit({ files: files('two') });
    expect(await refusal(at)).toMatch(/src\/ is not signed/);
    await at.site.commit({ files: signed(files('three'), key, 1) });
    at.node.reset();
    await at.node.waitForOutput('version three runs');
  });
});

const two = signed(files('two'), key, 11);
const signature = String(two['src/.signature']);
const fits = /src\/\.signature does not fit src\/ and gogsKey/;
const refused: [what: string, change: Change, reason: RegExp][] = [
  [
    'no signature',
    { files: files('two'), remove: ['src/.signature'] },
    /src\/ is not signed, as gogsKey asks/,
  ],
  ['the signature of the version before', { files: files('two') }, fits],
  ['another key', { files: signed(files('two'), await shortKey(), 11) }, fits],
  ['a file that was changed', { files: { ...two, 'src/lib/a.py': 'A = 3\n' } }, fits],
  [
    'two files whose names were exchanged',
    { files: { ...two, 'src/lib/a.py': 'B = 2\n', 'src/lib/b.py': 'A = 1\n' } },
    fits,
  ],
  ['a file more', { files: { ...two, 'src/lib/c.py': '' } }, fits],
  ['a file less', { files: without(two, 'src/lib/b.py'), remove: ['src/lib/b.py'] }, fits],
  [
    'a file in another folder',
    { files: { ...without(two, 'src/lib/b.py'), 'src/b.py': 'B = 2\n' }, remove: ['src/lib/b.py'] },
    fits,
  ],
  [
    'another serial number',
    { files: { ...two, 'src/.signature': signature.replace('\n11\n', '\n12\n') } },
    fits,
  ],
  ['a digit less', { files: { ...two, 'src/.signature': signature.replace(/.\n$/, '\n') } }, fits],
  ['a signature of 1', { files: { ...two, 'src/.signature': 'ota-release 1\n11\n1\n' } }, fits],
  ['half a signature', { files: { ...two, 'src/.signature': signature.slice(0, 200) } }, /is no signature/],
  [
    'another format',
    { files: { ...two, 'src/.signature': signature.replace('release 1', 'release 2') } },
    /src\/\.signature is no signature/,
  ],
  [
    'a signature that is too long',
    { files: { ...two, 'src/.signature': signature + 'f'.repeat(100_000) } },
    /src\/\.signature is no signature/,
  ],
  [
    'an older version that was signed',
    { files: signed(files('older'), key, 9) },
    /serial 9 is older than what runs: allowDowngrade is off/,
  ],
];

function without<T>(from: Readonly<Record<string, T>>, path: string): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => name !== path));
}

describe('a version with', () => {
  it.each(refused)('%s is refused, and the next that is signed is taken', async (_what, change, reason) => {
    const at = await runningNode();
    at.asked();
    expect(await refusalOf(at, change)).toMatch(reason);
  });

  it('a wrong signature is refused before anything else of it is fetched', async () => {
    const at = await runningNode();
    await at.site.commit({ files: { ...two, 'src/lib/a.py': 'A = 3\n' } });
    at.asked();
    await refusal(at);
    expect(at.asked().filter((path) => path.includes('/raw/'))).toEqual([
      expect.stringMatching(/\/src\/\.signature$/),
    ]);
  });

  it.each([
    ['an endless signature', { kind: 'endless' }, /length|longer/],
    ['a signature that is cut on the way', { kind: 'cutAfter', bytes: 100 }, /cut short/],
    ['a signature that is changed on the way', { kind: 'changeByte', at: 20 }, /has the wrong hash/],
  ] as const)('%s is refused', async (_what, fault, reason) => {
    const at = await runningNode();
    await at.site.commit({ files: two });
    at.site.gogs.faults.always('/src/.signature', fault);
    expect(await refusal(at)).toMatch(reason);
    expect(versionOf(at.node.flash, '/src')).toBe(at.one);
    at.site.gogs.faults.clear();
    at.node.reset();
    await at.node.waitForOutput('version two runs');
  });

  it.each([
    ['an empty folder', { path: 'main', type: 'tree', sha: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' }],
    ['a second signature', { path: '.signature', type: 'blob', size: 600, sha: 'a'.repeat(40) }],
  ])('%s in the list of a server that was taken over is refused', async (_what, entry) => {
    const at = await runningNode();
    await at.site.commit({ files: two });
    const front = await frontThat(
      (text) => text.replace('{"path":".signature"', `${JSON.stringify(entry)},$&`),
      at.site.gogs.baseUrl,
    );
    const settings = at.node.flash.readText('/nodesettings.py');
    at.node.flash.writeFile('/nodesettings.py', settings.replace(at.site.gogs.baseUrl, front));
    expect(await refusal(at)).toMatch(fits);
    expect(versionOf(at.node.flash, '/src')).toBe(at.one);
  });

  it('a lower serial number is refused even by name, and taken with allowDowngrade', async () => {
    const at = await runningNode();
    const older = await at.site.commit({ files: signed(files('older'), key, 9) });
    const settings = at.node.flash.readText('/nodesettings.py');
    const named = settings.replace('{', `{"gogsTrack": "commit ${older}",`);
    at.node.flash.writeFile('/nodesettings.py', named);
    expect(await refusal(at)).toMatch(/serial 9 is older/);
    at.node.flash.writeFile('/nodesettings.py', named.replace('{', '{"allowDowngrade": True,'));
    at.node.reset();
    await at.node.waitForOutput('version older runs');
  });
});

describe('a node whose power went while it staged', () => {
  /** Takes the power when a file is asked for. */
  async function cutAt(at: NodeAtSite, file: string): Promise<void> {
    at.asked();
    at.site.gogs.faults.always(file, { kind: 'hang' });
    at.node.reset();
    await expect
      .poll(() => at.site.gogs.requests.some(({ path }) => path.endsWith(file)), { timeout: 20_000 })
      .toBe(true);
    await at.node.powerOff();
    expect(at.node.flash.exists('/next/.tree')).toBe(true);
    at.site.gogs.faults.clear();
    at.asked();
  }

  it('goes on with a version that is signed, and does not fetch the signature again', async () => {
    const at = await runningNode();
    await at.site.commit({ files: two });
    await cutAt(at, '/src/main.py');
    await at.node.powerOn();
    await at.node.waitForOutput('version two runs');
    expect(at.asked().filter((path) => /\/raw\/|\/trees\//.test(path))).toEqual([
      expect.stringMatching(/\/src\/main\.py$/),
    ]);
  });

  it.each(['/src/.signature', '/src/main.py'])('before it had %s refuses one that is not', async (file) => {
    const at = await runningNode();
    await at.site.commit({ files: two });
    await cutAt(at, file);
    // As if the power had gone before the list was compared.
    const list = at.node.flash.readText('/next/.tree');
    at.node.flash.writeFile('/next/.tree', list.replace(' lib-x.py', ' lib_x.py'));
    await at.node.powerOn();
    await at.node.waitForOutput('does not fit src/ and gogsKey');
    await at.node.waitForOutput('version one runs');
    expect(at.node.flash.exists('/next/.tree')).toBe(false);
    at.node.reset();
    await at.node.waitForOutput('version two runs');
  });
});

describe('the setting gogsKey', () => {
  it.each([
    ['half a key', key.gogsKey.slice(256)],
    ['a digit less', key.gogsKey.slice(1)],
    ['no digit', `${key.gogsKey.slice(0, -1)}x`],
    ['blanks', ` ${key.gogsKey.slice(2)} `],
    ['another base', `0x${key.gogsKey.slice(2)}`],
    ['a leading zero', `0${key.gogsKey.slice(1)}`],
    ['a minus', `-${key.gogsKey.slice(1)}`],
    ['an even number', `${key.gogsKey.slice(0, -1)}2`],
  ])('is named when it has %s', async (_what, wrong) => {
    const at = await startSite({ timeScale: 5, settings: { gogsKey: key.gogsKey } });
    await at.site.commit({ files: two });
    const settings = at.node.flash.readText('/nodesettings.py');
    at.node.flash.writeFile('/nodesettings.py', settings.replace(key.gogsKey, wrong));
    await at.node.powerOn();
    await at.node.waitForOutput("nodesettings.py: 'gogsKey': ");
    await at.node.waitForOutput('resetting in');
    expect(at.node.flash.exists('/src')).toBe(false);
  });
});
