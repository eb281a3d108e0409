import { describe, expect, it } from 'vitest';
import { application } from './helpers/application.ts';
import { versionOf } from './helpers/installed.ts';
import { useNode } from './helpers/python.ts';
import { startSite, type NodeAtSite, type NodeAtSiteOptions } from './helpers/start-site.ts';

const { run } = useNode();
const [owner, repository] = ['workshop', 'lamp'];

async function following(
  gogsTrack: string,
  settings: NodeAtSiteOptions['settings'] = {},
): Promise<NodeAtSite> {
  return startSite({ timeScale: 4, settings: { gogsTrack, ...settings } });
}

/** A commit with a tag, whose application says its name. */
async function release({ site }: NodeAtSite, tag: string): Promise<string> {
  const commit = await site.commit({
    files: { 'src/main.py': application(tag.replaceAll(/\W/g, '')) },
  });
  await site.gogs.createTag(owner, repository, { name: tag, target: commit });
  return commit;
}

describe('a node that tracks', () => {
  it('a tag runs that tag, whatever is pushed', async () => {
    const at = await following('tag v1.0.0');
    const first = await release(at, 'v1.0.0');
    await release(at, 'v1.1.0');
    await at.node.powerOn();
    await at.node.waitForOutput('version v100 runs');
    expect(versionOf(at.node.flash, '/src')).toBe(first);
  });

  it('the latest version takes the highest number, not the newest tag, and no pre-release', async () => {
    const at = await following('latest');
    await release(at, '0.9.0');
    await release(at, 'v0.10.0');
    await release(at, 'v0.2.0');
    await release(at, 'v0.11.0-beta');
    await release(at, 'nightly');
    await at.node.powerOn();
    await at.node.waitForOutput('version v0100 runs');
  });

  it('a range stays in it', async () => {
    const at = await following('latest ^1.2');
    await release(at, 'v1.2.0');
    await release(at, 'v2.0.0');
    await at.node.powerOn();
    await at.node.waitForOutput('version v120 runs');
    await release(at, 'v1.3.0');
    at.node.reset();
    await at.node.waitForOutput('version v130 runs');
  });

  it('the latest version finds it among tags whose commits have long messages', async () => {
    const at = await following('latest');
    const message = `${'a long story '.repeat(60)}\n`;
    for (const [index, tag] of ['v1.0.0', 'v1.2.0', 'v1.1.0'].entries()) {
      const commit = await at.site.commit({
        message: message.repeat(index === 2 ? 400 : 1),
        files: { 'src/main.py': application(tag.replaceAll(/\W/g, '')) },
      });
      await at.site.gogs.createTag(owner, repository, { name: tag, target: commit });
    }
    await at.node.powerOn();
    await at.node.waitForOutput('version v120 runs');
  });

  it('a commit asks nobody when it runs already', async () => {
    const at = await startSite({ timeScale: 4 });
    const first = await release(at, 'v1.0.0');
    await release(at, 'v1.1.0');
    const settings = at.node.flash.readText('/nodesettings.py');
    at.node.flash.writeFile(
      '/nodesettings.py',
      settings
        .replace("'gogsBranch'", `'gogsTrack': 'commit ${first}', 'gogsBranch'`)
        .replace('"gogsBranch"', `"gogsTrack": "commit ${first}", "gogsBranch"`),
    );
    await at.node.powerOn();
    await at.node.waitForOutput('version v100 runs');
    at.asked();
    at.node.reset();
    await at.node.waitForOutput('version v100 runs');
    expect(at.asked()).toEqual([]);
  });
});

describe('a downgrade', () => {
  async function setBack(settings: NodeAtSiteOptions['settings']): Promise<NodeAtSite & { older: string }> {
    const at = await startSite({ timeScale: 4, settings: { ...settings } });
    const files = (name: string): Record<string, string> => ({ 'src/main.py': application(name) });
    await at.site.commit({ files: files('new'), date: new Date('2026-05-01T00:00:00Z') });
    await at.node.powerOn();
    await at.node.waitForOutput('version new runs');
    const older = await at.site.commit({ files: files('older'), date: new Date('2026-01-01T00:00:00Z') });
    return { ...at, older };
  }

  it('by a branch that is set back is refused', async () => {
    const at = await setBack({});
    at.node.reset();
    await at.node.waitForOutput(`${at.older} is older than what runs`);
    await at.node.waitForOutput('version new runs');
  });

  it('is taken where allowDowngrade is set', async () => {
    const at = await setBack({ allowDowngrade: true });
    at.node.reset();
    await at.node.waitForOutput('version older runs');
  });

  it.each([
    ['commit', 'branch'],
    ['branch', 'latest'],
  ])('is refused where the version that runs came by %s, and %s has an older one', async (first, then) => {
    const at = await startSite({ timeScale: 4 });
    const older = await at.site.commit({
      files: { 'src/main.py': application('older') },
      date: new Date('2026-01-01T00:00:00Z'),
    });
    await at.site.gogs.createTag(owner, repository, { name: 'v1.0.0', target: older });
    const newer = await at.site.commit({
      ...(first === 'commit' && { branch: 'work', from: 'main' }),
      files: { 'src/main.py': application('newer') },
      date: new Date('2026-05-01T00:00:00Z'),
    });
    const settings = at.node.flash.readText('/nodesettings.py');
    const track = (text: string): void => {
      at.node.flash.writeFile(
        '/nodesettings.py',
        settings.replace('settings = {', `settings = {"gogsTrack": "${text}",`),
      );
    };
    track(first === 'commit' ? `commit ${newer}` : 'branch');
    await at.node.powerOn();
    await at.node.waitForOutput('version newer runs');
    track(then);
    at.node.reset();
    await at.node.waitForOutput(`${older} is older than what runs`);
    await at.node.waitForOutput('version newer runs');
  });

  it('is told by times and not by texts: a server tells them in its own zone', async () => {
    const code = `
from ota.clock import seconds
same = ('2026-03-01T00:30:00Z', '2026-03-01T02:30:00+02:00', '2026-02-28T21:00:00-03:30', '2026-03-01T06:15:00+05:45')
print(len(set(seconds(text) for text in same)))
print(seconds('2026-03-01T01:30:00+02:00') < seconds('2026-03-01T00:30:00+00:00') < seconds('2026-03-01T00:00:00-01:00'))
print(seconds(''), seconds('yesterday'), seconds('2026-13'))`;
    expect(await run(code)).toBe('1\nTrue\n0 0 0');
  });

  it('by a tag that went away is refused too', async () => {
    const code = `
from ota import release
tags = [('v1.0.0', 'a'), ('v1.1.0', 'b'), ('v1.2.0', 'c')]
print(release.latest(tags, '1.0', 'b'), release.latest(tags, '', 'b'), release.latest(tags, '', 'x'))`;
    expect(await run(code)).toBe("('v1.0.0', 'a', True) ('v1.2.0', 'c', False) ('v1.2.0', 'c', None)");
  });
});

describe('a range', () => {
  it.each([
    ['^1.2', '1.2.0 1.9.9', '1.1.9 2.0.0'],
    ['^1.2.3', '1.2.3 1.3.0', '1.2.2 2.0.0'],
    ['^0.2', '0.2.0 0.2.9', '0.3.0 1.0.0'],
    ['^0.0.3', '0.0.3', '0.0.4 0.1.0'],
    ['~1.2.3', '1.2.3 1.2.9', '1.2.2 1.3.0'],
    ['~1', '1.0.0 1.9.0', '2.0.0 0.9.0'],
    ['1.2', '1.2.0 1.2.9', '1.3.0 1.1.0'],
    ['1.2.3', '1.2.3', '1.2.4'],
  ])('%s takes %s and not %s', async (range, inside, outside) => {
    const code = `
from ota.release import fits, numbers
print([fits(numbers(v), '${range}') for v in '${inside}'.split()], [fits(numbers(v), '${range}') for v in '${outside}'.split()])`;
    const all = (count: number, value: string): string =>
      `[${Array.from({ length: count }, () => value).join(', ')}]`;
    expect(await run(code)).toBe(
      `${all(inside.split(' ').length, 'True')} ${all(outside.split(' ').length, 'False')}`,
    );
  });

  it.each(['latest newest', 'tag', 'commit abc', 'branch x', 'release', 'latest ^1.x'])(
    'or another thing to track that makes no sense is refused: %s',
    async (text) => {
      const code = `
from ota import release
try:
    print(release.parse('${text}'))
except ValueError as error:
    print('ValueError')`;
      expect(await run(code)).toBe('ValueError');
    },
  );
});
