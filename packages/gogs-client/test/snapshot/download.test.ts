import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { download, type Snapshot } from '../../src/index.ts';
import { noise } from '../contract/fixture.ts';
import { errorOf } from '../helpers/errors.ts';
import { startSite, temporaryFolder } from '../helpers/site.ts';

const files = {
  'src/main.py': 'print(1)\n',
  'src/lib/a.py': 'a = 1\n',
  'src/empty.txt': '',
  'src/middle.bin': noise(100_000),
  'src/large.bin': noise(600_000),
};

/** Paths and contents below a folder, hidden files included. */
async function read(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'latin1')] as const);
  return Object.fromEntries(await Promise.all(found));
}

const expected = Object.fromEntries(
  Object.entries(files).map(([path, content]) => [
    path.slice('src/'.length),
    Buffer.from(content).toString('latin1'),
  ]),
);

async function prepared() {
  const site = await startSite(files);
  const folder = await temporaryFolder();
  const target = join(folder, 'app');
  const snapshot = (): Promise<Snapshot> => site.gogs.snapshot('ann', 'lamp', 'main', { path: 'src' });
  return { ...site, folder, target, snapshot };
}

describe('download', () => {
  it('makes a directory hold the snapshot, and tells of its progress', async () => {
    const { snapshot, target, folder } = await prepared();
    const taken = await snapshot();
    const progress: string[] = [];
    const result = await download(taken, target, {
      onProgress: ({ done, total, path }) => progress.push(`${done}/${total} ${path}`),
    });
    expect(result).toEqual({ commit: taken.commit, files: 5, bytes: 700_015, reused: 0 });
    expect(await read(target)).toEqual(expected);
    expect(progress.map((line) => line.split(' ')[0])).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
    expect(await readdir(folder)).toEqual(['app']);
  });

  it('fetches only what changed, and removes what is gone', async () => {
    const { snapshot, target, folder, commit, server } = await prepared();
    await download(await snapshot(), target);
    await writeFile(join(target, 'stray.txt'), 'not from Git');
    await commit({ 'src/main.py': 'print(2)\n' }, ['src/lib/a.py']);
    const next = await snapshot();
    server.clearRequests();
    expect(await download(next, target)).toMatchObject({ bytes: 9, reused: 3 });
    expect(server.requests).toHaveLength(1);
    const rest = Object.entries(expected).filter(([path]) => path !== 'lib/a.py');
    expect(await read(target)).toEqual({ ...Object.fromEntries(rest), 'main.py': 'print(2)\n' });
    expect(await readdir(folder)).toEqual(['app']);
  });

  it('does not trust a file of the right size and name', async () => {
    const { snapshot, target } = await prepared();
    await download(await snapshot(), target);
    await writeFile(join(target, 'main.py'), 'print(9)\n');
    expect(await download(await snapshot(), target)).toMatchObject({ bytes: 9, reused: 4 });
    expect(await read(target)).toEqual(expected);
    expect(await download(await snapshot(), target, { reuse: false })).toMatchObject({ reused: 0 });
  });

  it.each([
    ['bytes that are changed', { kind: 'changeByte', at: 50 }],
    ['a body that is cut', { kind: 'cutAfter', bytes: 100 }],
    ['a body without an end', { kind: 'endless' }],
    ['a length that is wrong', { kind: 'wrongLength', difference: 7 }],
    ['another answer', { kind: 'html' }],
    ['a failure', { kind: 'status', status: 500 }],
  ] as const)('leaves the old files where the server has %s', async (_, fault) => {
    for (const path of ['/raw/', '/git/blobs/', '/contents/']) {
      const { snapshot, target, folder, commit, server, client } = await prepared();
      await download(await snapshot(), target);
      await commit({
        'src/main.py': 'new\n',
        'src/middle.bin': noise(90_000),
        'src/large.bin': noise(500_000),
      });
      server.faults.always(path, fault);
      const gogs = client({ retry: { baseMs: 1, maxMs: 2, attempts: 2 }, maxAnswerBytes: 1_000_000 });
      const next = await gogs.snapshot('ann', 'lamp', 'main', { path: 'src' });
      const error = await errorOf(download(next, target, { attempts: 2 }));
      expect(error.code).toMatch(/^GOGS_(INTEGRITY|NETWORK|NOT_GOGS|SERVER|TOO_LARGE)$/);
      expect(await read(target)).toEqual(expected);
      expect(await readdir(folder)).toEqual(['app']);
    }
  });

  it('tries again where a transfer broke', async () => {
    const { snapshot, target, server } = await prepared();
    const taken = await snapshot();
    server.faults.next('/raw/', { kind: 'cutAfter', bytes: 100_000 });
    server.faults.next('/git/blobs/', { kind: 'cutAfter', bytes: 1_000 });
    server.faults.next('/contents/main.py', { kind: 'changeByte', at: 300 });
    expect(await download(taken, target)).toMatchObject({ files: 5 });
    expect(await read(target)).toEqual(expected);
  });

  it('leaves the old files when it is aborted', async () => {
    const { snapshot, target, folder, commit, server } = await prepared();
    await download(await snapshot(), target);
    await commit({ 'src/large.bin': noise(500_000) });
    server.faults.always('/raw/', { kind: 'slow', bytesPerSecond: 50_000 });
    const error = await errorOf(download(await snapshot(), target, { signal: AbortSignal.timeout(300) }));
    expect(error.code).toBe('GOGS_ABORTED');
    expect(await read(target)).toEqual(expected);
    expect(await readdir(folder)).toEqual(['app']);
  });

  it('puts right what a call left that ended between its two renames', async () => {
    const { snapshot, target, folder, server } = await prepared();
    await download(await snapshot(), target);
    await rename(target, join(folder, '.app.previous'));
    const taken = await snapshot();
    server.clearRequests();
    expect(await download(taken, target)).toMatchObject({ reused: 5 });
    expect(server.requests).toHaveLength(0);
    expect(await read(target)).toEqual(expected);
    expect(await readdir(folder)).toEqual(['app']);
  });

  it('follows a symlink to the directory, and refuses a file and the root', async () => {
    const { snapshot, folder } = await prepared();
    await mkdir(join(folder, 'real'));
    await symlink(join(folder, 'real'), join(folder, 'alias'));
    await download(await snapshot(), join(folder, 'alias'));
    expect(await read(join(folder, 'real'))).toEqual(expected);
    await writeFile(join(folder, 'file'), '');
    expect((await errorOf(download(await snapshot(), join(folder, 'file')))).code).toBe('GOGS_ARGUMENT');
    expect((await errorOf(download(await snapshot(), '/'))).code).toBe('GOGS_ARGUMENT');
  });

  it('writes nothing for a repository with a symlink in it', async () => {
    const { gogs, commit, folder, target } = await prepared();
    await commit({ 'src/link': { symlink: '/etc/passwd' } });
    const error = await errorOf(
      download(await gogs.snapshot('ann', 'lamp', 'main', { path: 'src' }), target),
    );
    expect(error).toMatchObject({ code: 'GOGS_REFUSED_PATH', reason: 'symlink', paths: ['src/link'] });
    expect(await readdir(dirname(target))).toEqual([]);
    expect(folder).toBe(dirname(target));
  });
});
