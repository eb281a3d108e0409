import { describe, expect, it } from 'vitest';
import { application } from './helpers/application.ts';
import { filesIn, versionOf } from './helpers/installed.ts';
import { startSite } from './helpers/start-site.ts';
import { countingWire } from './helpers/wire.ts';

const timeScale = 4;
const first = {
  'src/main.py': application('one'),
  'src/lib/deep/a.py': 'A = 1\n',
  'src/lib/b.py': 'B = 1\n',
  'src/data/naïve name #1.bin': Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256)),
  'src/empty.txt': '',
  'README.md': 'not for the node\n',
};

describe('a node without an application', () => {
  it('installs what the branch holds, runs it and says so', async () => {
    const { site, node, messages } = await startSite({ timeScale });
    const commit = await site.commit({ files: first });
    await node.powerOn();
    await node.waitForOutput('version one runs');

    expect(versionOf(node.flash, '/src')).toBe(commit);
    expect(Object.keys(filesIn(node.flash, '/src')).sort()).toEqual(
      ['data/naïve name #1.bin', 'empty.txt', 'lib/b.py', 'lib/deep/a.py', 'main.py'].sort(),
    );
    expect(node.flash.readFile('/src/data/naïve name #1.bin')).toEqual(first['src/data/naïve name #1.bin']);
    expect(node.flash.exists('/next')).toBe(false);
    expect(node.flash.exists('/next.plan')).toBe(false);
    const status = await messages.waitFor(({ topic }) => topic === 'lamp/boot/status');
    expect(status).toMatchObject({ payload: 'OTA_OK', retained: false });
    const state = await messages.waitFor(({ topic }) => topic === 'lamp/ota/state');
    expect(JSON.parse(state.payload)).toMatchObject({
      node: 'lamp',
      online: true,
      version: commit,
      previous: null,
      state: 'trial',
      ref: 'main',
      error: null,
      firmware: '1.27.0',
    });
  });

  it('says what is wrong and tries again, as long as the branch has none', async () => {
    const { site, node, messages } = await startSite({ timeScale: 10 });
    await site.commit({ files: { 'README.md': 'no src\n' } });
    await node.powerOn();
    const state = await messages.waitFor(({ topic }) => topic === 'lamp/ota/state');
    expect(JSON.parse(state.payload)).toMatchObject({ version: null, state: 'none' });
    expect(JSON.parse(state.payload)).toHaveProperty('error', expect.stringMatching(/has no folder src/));
    await node.waitForBoot();
    await site.commit({ files: { 'src/main.py': application('one') } });
    await node.waitForOutput('version one runs');
  });
});

describe('a node with an application', () => {
  it('asks once, for less than 1 kB, when nothing changed', async () => {
    const { site, node, asked } = await startSite({ timeScale });
    const wire = await countingWire(Number(new URL(site.gogs.baseUrl).port));
    const settings = node.flash.readText('/nodesettings.py');
    node.flash.writeFile(
      '/nodesettings.py',
      settings.replace(site.gogs.baseUrl, `http://127.0.0.1:${wire.port}`),
    );
    await site.commit({ files: first });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    expect(wire.connections).toBe(1);
    asked();
    wire.bytes = 0;
    node.reset();
    await node.waitForOutput('version one runs');

    expect(asked()).toEqual(['/commits/refs/heads/main']);
    expect(wire.bytes).toBeGreaterThan(0);
    expect(wire.bytes).toBeLessThan(1000);
  });

  it('fetches only the folders and the files that changed', async () => {
    const { site, node, asked } = await startSite({ timeScale });
    const one = await site.commit({ files: first });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    asked();
    const two = await site.commit({
      files: { 'src/main.py': application('two'), 'src/lib/new/c.py': 'C = 1\n' },
      remove: ['src/lib/deep/a.py', 'src/empty.txt'],
    });
    node.reset();
    await node.waitForOutput('version two runs');

    expect(asked().filter((path) => path.startsWith('/raw/'))).toEqual([
      `/raw/${two}/src/main.py`,
      `/raw/${two}/src/lib/new/c.py`,
    ]);
    expect(versionOf(node.flash, '/src')).toBe(two);
    expect(versionOf(node.flash, '/prev')).toBe(one);
    expect(Object.keys(filesIn(node.flash, '/src')).sort()).toEqual(
      ['data/naïve name #1.bin', 'lib/b.py', 'lib/new/c.py', 'main.py'].sort(),
    );
  });

  it('asks only for the folders on the way to the one file that changed', async () => {
    const { site, node, asked } = await startSite({ timeScale });
    const parts = Array.from({ length: 39 }, (_, n): [string, string] => [
      `src/part${n % 8}/file${n}.py`,
      `V = ${n}\n`,
    ]);
    await site.commit({ files: { 'src/main.py': application('one'), ...Object.fromEntries(parts) } });
    await node.powerOn();
    await node.waitForOutput('starting src.main');
    // The first time: branch, commit, the commit's folder, src and its eight folders, forty files. Nothing twice.
    const first = asked();
    expect(first).toHaveLength(1 + 1 + 1 + 9 + 40);
    expect(new Set(first).size).toBe(first.length);
    const two = await site.commit({ files: { 'src/part7/file7.py': 'V = "changed"\n' } });
    node.reset();
    await node.waitForOutput('starting src.main');

    const tree = expect.stringMatching(/^\/git\/trees\/[0-9a-f]{40}$/) as string;
    expect(asked()).toEqual([
      '/commits/refs/heads/main',
      `/commits/${two}`,
      `/git/trees/${two}`,
      tree, // src
      tree, // src/part7
      `/raw/${two}/src/part7/file7.py`,
    ]);
  });

  it('asks for a folder whose list on flash was changed by somebody', async () => {
    const { site, node, asked } = await startSite({ timeScale });
    await site.commit({ files: first });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    node.flash.writeFile('/src/.tree', node.flash.readText('/src/.tree').replace('lib/b.py', 'lib/c.py'));
    const two = await site.commit({ files: { 'src/main.py': application('two') } });
    asked();
    node.reset();
    await node.waitForOutput('version two runs');
    expect(Object.keys(filesIn(node.flash, '/src'))).toContain('lib/b.py');
    expect(asked().filter((path) => path.startsWith('/raw/'))).toEqual([`/raw/${two}/src/main.py`]);
  });

  it('goes on where an update was interrupted, without fetching again what it has', async () => {
    const { site, node, asked } = await startSite({ timeScale: 5, settings: { watchdogTimeout: 60 } });
    await site.commit({ files: first });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    const two = await site.commit({
      files: { 'src/a.py': 'A = 2\n', 'src/main.py': application('two'), 'src/z.py': 'Z = 2\n' },
    });
    site.gogs.faults.always('src/z.py', { kind: 'status', status: 503 });
    node.reset();
    await node.waitForOutput('no update: HTTP 503');
    await node.waitForOutput('version one runs');
    site.gogs.faults.clear();
    asked();
    node.reset();
    await node.waitForOutput('version two runs');
    expect(asked().filter((path) => !path.startsWith('/commits/'))).toEqual([`/raw/${two}/src/z.py`]);
  });

  it('puts a file where a folder was, and a folder where a file was', async () => {
    const { site, node } = await startSite({ timeScale });
    await site.commit({ files: { 'src/main.py': application('one'), 'src/a/b.py': '', 'src/c': 'x' } });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    const two = await site.commit({
      files: { 'src/main.py': application('two'), 'src/a': '', 'src/c/d.py': 'y' },
      remove: ['src/a/b.py', 'src/c'],
    });
    node.reset();
    await node.waitForOutput('version two runs');
    expect(versionOf(node.flash, '/src')).toBe(two);
    expect(filesIn(node.flash, '/src')).toMatchObject({ a: '', 'c/d.py': 'y' });
  });

  it('looks at the bytes on flash and not at a note of them', async () => {
    const { site, node, asked } = await startSite({ timeScale });
    await site.commit({ files: first });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    node.flash.writeFile('/src/lib/b.py', 'B = 9\n');
    await site.commit({ files: { 'src/main.py': application('two') } });
    asked();
    node.reset();
    await node.waitForOutput('version two runs');

    expect(node.flash.readText('/src/lib/b.py')).toBe('B = 1\n');
  });

  it('keeps running it when Gogs is away, and says so', async () => {
    const { site, node, messages } = await startSite({ settings: { httpTimeout: 1 }, timeScale: 3 });
    const commit = await site.commit({ files: first });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    await site.commit({ files: { 'src/main.py': application('two') } });
    await site.gogs.down();
    const from = messages.messages.length;
    node.reset();
    await node.waitForOutput('version one runs');

    expect(versionOf(node.flash, '/src')).toBe(commit);
    await messages.waitFor(({ payload }) => payload === 'OTA_error', { from });
  });

  it.each(['1.23.0', '1.25.0', '1.29.0-6'])(
    'goes from one version to the next on MicroPython %s',
    async (micropython) => {
      const { site, node } = await startSite({ timeScale, micropython });
      await site.commit({ files: first });
      await node.powerOn();
      await node.waitForOutput('version one runs');
      const two = await site.commit({ files: { 'src/main.py': application('two') } });
      node.reset();
      await node.waitForOutput('version two runs');
      expect(versionOf(node.flash, '/src')).toBe(two);
    },
  );
});
