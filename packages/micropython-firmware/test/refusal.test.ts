import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Change, GogsStandIn } from '@ota/testbed';
import { application } from './helpers/application.ts';
import { filesIn, versionOf } from './helpers/installed.ts';
import { frontThat, refusal } from './helpers/refusal.ts';
import { startSite, type NodeAtSite } from './helpers/start-site.ts';

type Fault = Parameters<GogsStandIn['faults']['always']>[1];

/** A node that runs version one and is about to see another one. */
async function runningNode(): Promise<NodeAtSite & { one: string; before: Record<string, string> }> {
  const at = await startSite({ timeScale: 5, settings: { httpTimeout: 3, watchdogTimeout: 60 } });
  const one = await at.site.commit({
    files: { 'src/main.py': application('one'), 'src/lib/a.py': 'A = 1\n' },
  });
  await at.node.powerOn();
  await at.node.waitForOutput('version one runs');
  return { ...at, one, before: filesIn(at.node.flash, '/src') };
}

describe('what a server offers in place of an answer', () => {
  const file = '/raw/';
  const faults: [what: string, where: string, fault: Fault, reason: RegExp][] = [
    ['a wrong byte in a file', file, { kind: 'changeByte', at: 3 }, /src\/main\.py has the wrong hash/],
    ['a file that is cut', file, { kind: 'cutAfter', bytes: 5 }, /cut short/],
    ['a file of another length', file, { kind: 'body', body: 'x' }, /src\/main\.py was cut short/],
    ['an endless file', file, { kind: 'endless' }, /length|longer/],
    ['an empty file', file, { kind: 'emptyBody' }, /length|cut short/],
    ['an HTML page', file, { kind: 'html' }, /cut short|commit says/],
    ['an HTML page for the branch', '/refs/heads/', { kind: 'html' }, /no commit id|too long/],
    ['nothing for the branch', '/refs/heads/', { kind: 'emptyBody' }, /no commit id|cut short/],
    ['an HTML page for a folder', '/git/trees/', { kind: 'html' }, /the answer is not JSON/],
    ['a folder that is cut', '/git/trees/', { kind: 'cutAfter', bytes: 100 }, /cut short/],
    [
      'the list of another folder',
      '/git/trees/',
      { kind: 'body', body: `{"sha":"${'a'.repeat(40)}","tree":null}` },
      /the answer is another folder/,
    ],
    ['an endless folder', '/git/trees/', { kind: 'endless' }, /too long/],
    [
      'a redirect',
      '/refs/heads/',
      { kind: 'redirect', to: 'http://127.0.0.1:9/' },
      /redirects: not followed/,
    ],
    ['401', '/refs/heads/', { kind: 'status', status: 401 }, /gogsToken may not read .* \(HTTP 401\)/],
    ['404', '/refs/heads/', { kind: 'status', status: 404 }, /not there, or gogsToken has no access/],
    ['500', '/refs/heads/', { kind: 'status', status: 500 }, /HTTP 500 .* is there a branch 'main'\?/],
    ['a closed connection', '/refs/heads/', { kind: 'refuse' }, /does not answer|closed the connection/],
    ['a file that drips', file, { kind: 'slow', bytesPerSecond: 5 }, /timed out/],
    ['silence', '/refs/heads/', { kind: 'hang' }, /127\.0\.0\.1:\d+ does not answer: timed out/],
  ];

  it.each(faults)('%s is refused: the version that runs stays', async (_what, where, fault, reason) => {
    const at = await runningNode();
    await at.site.commit({ files: { 'src/main.py': application('two') } });
    at.site.gogs.faults.always(where, fault);

    expect(await refusal(at)).toMatch(reason);
    expect(versionOf(at.node.flash, '/src')).toBe(at.one);
    expect(filesIn(at.node.flash, '/src')).toEqual(at.before);
    expect(at.node.flash.exists('/next/.version')).toBe(false);

    at.site.gogs.faults.clear();
    at.node.reset();
    await at.node.waitForOutput('version two runs');
  });

  it('is not believed for ever: a list with a wrong id is asked for anew', async () => {
    const at = await runningNode();
    await at.site.commit({ files: { 'src/main.py': application('two') } });
    const sum = createHash('sha1')
      .update(`blob ${application('two').length}\0${application('two')}`)
      .digest('hex');
    const wrong = `${sum.startsWith('0') ? '1' : '0'}${sum.slice(1)}`;
    const front = await frontThat((text) => text.replaceAll(sum, wrong), at.site.gogs.baseUrl);
    const settings = at.node.flash.readText('/nodesettings.py');
    at.node.flash.writeFile('/nodesettings.py', settings.replace(at.site.gogs.baseUrl, front));

    expect(await refusal(at)).toMatch(/src\/main\.py has the wrong hash/);
    at.node.flash.writeFile('/nodesettings.py', settings);
    at.node.reset();
    await at.node.waitForOutput('version two runs');
  });

  it('is asked for once more when it happened only once', async () => {
    const at = await runningNode();
    await at.site.commit({ files: { 'src/main.py': application('two') } });
    at.site.gogs.faults.next('/refs/heads/', { kind: 'status', status: 502 });
    at.site.gogs.faults.next('/git/trees/', { kind: 'cutAfter', bytes: 100 });
    at.site.gogs.faults.next('/raw/', { kind: 'changeByte', at: 0 });
    at.node.reset();
    await at.node.waitForOutput('version two runs');
  });
});

describe('what a commit may hold', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
  const refused: [what: string, files: NonNullable<Change['files']>, reason: RegExp][] = [
    ['a symbolic link', { 'src/lib/link.py': { symlink: 'a.py' } }, /lib\/link\.py.*symbolic link/],
    ['a submodule', { 'src/mod': { submodule: 'a'.repeat(40) } }, /src\/mod is a submodule/],
    ['a Git LFS pointer', { 'src/big.bin': pointer }, /src\/big\.bin is a Git LFS pointer/],
    ['a file named .version', { 'src/.version': 'x' }, /src\/\.version: this name is not allowed/],
    ['a backslash in a name', { 'src/a\\b.py': '' }, /this name is not allowed/],
    ['a line end in a name', { 'src/a\nb.py': '' }, /this name is not allowed/],
  ];

  it.each(refused)('not %s', async (_what, files, reason) => {
    const at = await runningNode();
    await at.site.commit({ files });
    expect(await refusal(at)).toMatch(reason);
    expect(filesIn(at.node.flash, '/src')).toEqual(at.before);
  });

  it('not more than the flash can hold', async () => {
    const at = await runningNode();
    const blocks = Array.from({ length: 70_000 }, (_, index) =>
      createHash('sha256').update(`${index}`).digest(),
    );
    await at.site.commit({ files: { 'src/big.bin': Buffer.concat(blocks) } });
    expect(await refusal(at)).toMatch(/the flash is full/);
    expect(filesIn(at.node.flash, '/src')).toEqual(at.before);
  });
});

describe('a flash without room even for the list of files', () => {
  it('gives up the version before the one that runs', async () => {
    const { site, node } = await startSite({
      timeScale: 5,
      settings: { trialSeconds: 2, watchdogTimeout: 60 },
    });
    await site.commit({
      files: { 'src/main.py': application('one'), 'src/big.bin': Buffer.alloc(100_000, 'x') },
    });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    await site.commit({ files: { 'src/main.py': application('two') }, remove: ['src/big.bin'] });
    node.reset();
    await node.waitForOutput('version two runs');
    await node.waitForOutput('confirmed');
    await site.commit({ files: { 'src/main.py': application('three') } });
    for (let n = 0; node.flash.statvfs().freeBlocks > 0; n++) {
      const blocks = Math.max(1, node.flash.statvfs().freeBlocks >> 1);
      node.flash.writeFile(`/fill${n}`, Buffer.alloc(4096 * blocks));
    }
    node.reset();
    await node.waitForOutput('version three runs');
  });
});

describe('the token', () => {
  it('is in no address, no message and no line of the console', async () => {
    const at = await runningNode();
    at.site.gogs.faults.always('/raw/', { kind: 'status', status: 401 });
    await at.site.commit({ files: { 'src/main.py': application('two') } });
    await refusal(at);

    const { site, node, messages } = at;
    const everywhere = [
      node.transcript.text,
      ...site.gogs.requests.map(({ path }) => path),
      ...messages.messages.flatMap(({ topic, payload }) => [topic, payload]),
    ].join('\n');
    expect(everywhere).toContain('gogsToken');
    expect(everywhere).not.toContain(site.token);
  });
});
