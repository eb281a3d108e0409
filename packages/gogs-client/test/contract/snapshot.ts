import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download, type Snapshot } from '../../src/index.ts';
import { errorOf, errorsOf } from '../helpers/errors.ts';
import { all, deepPath, manyFiles, oddNames, twentyMegabytes, type Site } from './fixture.ts';

/** Files by path, read one after the other. */
async function contentsOf(snapshot: Snapshot): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for await (const file of snapshot) contents[file.path] = await text(file.stream);
  return contents;
}

export function snapshotContract(site: () => Site): void {
  describe('a snapshot', () => {
    it('gives the files of a folder, checked, with their ids and sizes', async () => {
      const { gogs, commits } = site();
      const snapshot = await gogs.snapshot('ann', 'kit', 'v1', { path: 'src' });
      expect(snapshot).toMatchObject({
        owner: 'ann',
        repo: 'kit',
        ref: 'v1',
        commit: commits.first,
        path: 'src',
      });
      expect(snapshot.files.map(({ path, size }) => [path, size])).toEqual([
        ['empty.txt', 0],
        ['lib/a.py', 6],
        ['main.py', 9],
      ]);
      const expected = { 'empty.txt': '', 'lib/a.py': 'a = 1\n', 'main.py': 'print(1)\n' };
      expect(await contentsOf(snapshot)).toEqual(expected);
      expect(await contentsOf(snapshot)).toEqual(expected);
    });

    it('stays at its commit when the branch moves', async () => {
      const { gogs, server, fresh } = site();
      const repo = await fresh();
      const snapshot = await gogs.snapshot('ann', repo, 'main');
      await server.commitFiles('ann', repo, { files: { 'main.py': 'print(2)\n', 'more.py': '' } });
      expect(await contentsOf(snapshot)).toEqual({ 'main.py': 'print(1)\n' });
    });

    it('has 1,000 files of one folder', async () => {
      const snapshot = await site().gogs.snapshot('ann', 'kit', 'v1', { path: 'many', concurrency: 8 });
      const contents = await contentsOf(snapshot);
      const expected = Object.entries(manyFiles).map(([path, content]) => [
        path.slice('many/'.length),
        content,
      ]);
      expect(contents).toEqual(Object.fromEntries(expected));
    }, 120_000);

    it('has names with every sign, and 40 levels of folders', async () => {
      const { gogs } = site();
      const odd = await contentsOf(await gogs.snapshot('ann', 'kit', 'main', { path: 'paths' }));
      expect(odd).toEqual(Object.fromEntries(oddNames.map((name) => [name, `${name}\n`])));
      const deep = await gogs.snapshot('ann', 'kit', 'main', { path: 'level0' });
      expect(deep.files).toMatchObject([{ path: deepPath.slice('level0/'.length) }]);
      expect(Object.values(await contentsOf(deep))).toEqual(['deep\n']);
    });

    it('is downloaded, 20 MB and all', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'ota-contract-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const { gogs, commits } = site();
      const snapshot = await gogs.snapshot('ann', 'kit', 'main', { path: 'big' });
      const result = await download(snapshot, join(folder, 'to', 'here'));
      expect(result).toEqual({ commit: commits.second, files: 1, bytes: twentyMegabytes.length, reused: 0 });
      expect(twentyMegabytes.equals(await readFile(join(folder, 'to', 'here', '20MB.bin')))).toBe(true);
    });

    it.each([
      ['vendor', 'submodule', ['vendor/mod']],
      ['odd', 'unsafe-name', ['odd/back\\slash.txt']],
      ['clash', 'collision', ['clash/README.txt', 'clash/Readme.txt']],
      ['src/main.py', 'not-a-folder', ['src/main.py']],
    ])('of "%s" is refused for a reason: %s', async (path, reason, paths) => {
      const error = await errorOf(site().gogs.snapshot('ann', 'kit', 'main', { path }));
      expect(error).toMatchObject({ code: 'GOGS_REFUSED_PATH', reason, paths });
    });

    it('gives no symlink for a file', async () => {
      const snapshot = await site().gogs.snapshot('ann', 'kit', 'main', { path: 'links' });
      expect(await errorOf(all(snapshot))).toMatchObject({ reason: 'symlink', paths: ['links/link'] });
    });

    it('gives no Git LFS pointer for a file', async () => {
      const snapshot = await site().gogs.snapshot('ann', 'kit', 'main', { path: 'lfs' });
      const read = async () => {
        for await (const file of snapshot) await buffer(file.stream);
      };
      const error = await errorOf(read());
      expect(error).toMatchObject({ code: 'GOGS_INTEGRITY', path: 'lfs/model.bin' });
      expect(error.message).toContain('Git LFS');
    });

    it('of what is absent is not found', async () => {
      const { gogs } = site();
      const calls = [
        gogs.snapshot('ann', 'kit', 'nope'),
        gogs.snapshot('ann', 'kit', 'main', { path: 'nope' }),
        gogs.snapshot('ann', 'nope', 'main'),
      ];
      for (const error of await errorsOf(calls)) expect(error).toMatchObject({ code: 'GOGS_NOT_FOUND' });
    });
  });
}
