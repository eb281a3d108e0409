import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blobId } from '../../src/index.ts';
import { errorOf, errorsOf } from '../helpers/errors.ts';
import { deepPath, manyFiles, oddNames, twentyMegabytes, unknownId, type Site } from './fixture.ts';

export function filesContract(site: () => Site): void {
  describe('raw', () => {
    it.each([...oddNames.map((name) => `paths/${name}`), 'odd/back\\slash.txt', deepPath])(
      'streams "%s"',
      async (path) => {
        const { gogs, commits } = site();
        const content = await gogs.raw.get('ann', 'kit', commits.second, path);
        const name = path.slice(path.lastIndexOf('/') + 1);
        expect(content.toString()).toBe(
          { 'back\\slash.txt': 'backslash\n', 'bottom.txt': 'deep\n' }[name] ?? `${name}\n`,
        );
      },
    );

    it('takes any ref, and an empty file', async () => {
      const { gogs, commits } = site();
      for (const ref of ['main', 'v1', 'light', 'feature/x', commits.first.slice(0, 8), 'HEAD']) {
        expect(await gogs.raw.get('ann', 'kit', ref, 'src/empty.txt')).toHaveLength(0);
      }
    });

    it('is not misled by a tag that is the start of a branch’s name', async () => {
      const { gogs, server, fresh } = site();
      const repo = await fresh();
      await server.commitFiles('ann', repo, { branch: 'rel/one', from: 'main', files: { x: 'branch' } });
      await server.commitFiles('ann', repo, { branch: 'other', from: 'main', files: { 'one/x': 'tag' } });
      await server.createTag('ann', repo, { name: 'rel', target: 'other' });
      expect((await gogs.raw.get('ann', repo, 'rel/one', 'x')).toString()).toBe('branch');
    });

    it('streams 20 MB in pieces, checked as they come', async () => {
      const { gogs } = site();
      const expect20 = { blob: blobId(twentyMegabytes), size: twentyMegabytes.length };
      const stream = await gogs.raw.stream('ann', 'kit', 'main', 'big/20MB.bin', { expect: expect20 });
      let size = 0;
      let pieces = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        size += chunk.length;
        pieces += 1;
      }
      expect(size).toBe(twentyMegabytes.length);
      expect(pieces).toBeGreaterThan(20);
    });

    it('ends with an error where the bytes are other ones or too many', async () => {
      const { gogs } = site();
      const read = async (options: object) =>
        errorOf(gogs.raw.stream('ann', 'kit', 'main', 'src/main.py', options).then(buffer));
      const size = 'print(1)\n'.length;
      expect(await read({ expect: { blob: unknownId, size } })).toMatchObject({ code: 'GOGS_INTEGRITY' });
      expect(await read({ expect: { blob: unknownId, size: size + 1 } })).toMatchObject({
        code: 'GOGS_INTEGRITY',
      });
      expect(await read({ expect: { blob: unknownId, size: 2 } })).toMatchObject({ code: 'GOGS_INTEGRITY' });
      expect(await read({ maxBytes: 4 })).toMatchObject({ code: 'GOGS_TOO_LARGE', limit: 4 });
    });

    it('tells what is absent from what is no file', async () => {
      const { gogs } = site();
      const raw = (ref: string, path: string) => errorOf(gogs.raw.stream('ann', 'kit', ref, path));
      for (const error of [await raw('main', 'nope'), await raw('nope', 'x'), await raw(unknownId, 'x')]) {
        expect(error).toMatchObject({ code: 'GOGS_NOT_FOUND', reason: 'absent' });
      }
      expect(await raw('main', 'src')).toMatchObject({ code: 'GOGS_REFUSED_PATH', reason: 'not-a-file' });
      expect(await raw('main', '')).toMatchObject({ code: 'GOGS_REFUSED_PATH', reason: 'not-a-file' });
      expect(await raw('main', 'links/link')).toMatchObject({ reason: 'symlink', paths: ['links/link'] });
      expect(await raw('main', 'vendor/mod')).toMatchObject({ reason: 'submodule', paths: ['vendor/mod'] });
    });
  });

  describe('archive', () => {
    it('is all files of a commit, in a folder in lower case', async () => {
      const { gogs } = site();
      const zip = await buffer(await gogs.archive.stream('ann', 'KIT', 'feature/x', 'zip'));
      expect(zip.toString('latin1', 0, 2)).toBe('PK');
      const folder = await mkdtemp(join(tmpdir(), 'ota-archive-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const file = join(folder, 'kit.tar.gz');
      await writeFile(file, await buffer(await gogs.archive.stream('ann', 'kit', 'v1', 'tar.gz')));
      const listed = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).split('\n');
      expect(listed).toContain('kit/src/main.py');
    });

    it('ends with an error beyond its limit, and is not found for no ref', async () => {
      const { gogs } = site();
      const limited = gogs.archive.stream('ann', 'kit', 'v1', 'zip', { maxBytes: 100 }).then(buffer);
      expect((await errorOf(limited)).code).toBe('GOGS_TOO_LARGE');
      for (const ref of ['nope', unknownId]) {
        const error = await errorOf(gogs.archive.stream('ann', 'kit', ref, 'zip'));
        expect(error).toMatchObject({ code: 'GOGS_NOT_FOUND', reason: 'absent' });
      }
    });
  });

  describe('git', () => {
    it('lists one level of a tree, by ref and path or by id', async () => {
      const { gogs } = site();
      const entries = await gogs.git.tree('ann', 'kit', 'v1', { path: 'src' });
      expect(entries).toMatchObject([
        { path: 'empty.txt', type: 'blob', size: 0 },
        { path: 'lib', type: 'tree', size: 0 },
        { path: 'main.py', type: 'blob', size: 9, sha: blobId(Buffer.from('print(1)\n')) },
      ]);
      const lib = entries[1]?.sha ?? '';
      expect(await gogs.git.tree('ann', 'kit', lib)).toMatchObject([{ path: 'a.py' }]);
      expect((await gogs.git.tree('ann', 'kit', 'main')).map(({ path }) => path)).toContain('.gitmodules');
    });

    it('lists the names of odd files as they are', async () => {
      const listed = await site().gogs.git.tree('ann', 'kit', 'main', { path: 'paths' });
      expect(listed.map(({ path }) => path).sort()).toEqual([...oddNames].sort());
    });

    it('lists 1,000 files of one folder', async () => {
      const listed = await site().gogs.git.tree('ann', 'kit', 'v1', { path: 'many' });
      expect(listed.map(({ path }) => `many/${path}`).sort()).toEqual(Object.keys(manyFiles).sort());
    });

    it('reads a blob by its id', async () => {
      const { gogs } = site();
      const sha = blobId(Buffer.from('print(1)\n'));
      const blob = await gogs.git.blob('ann', 'kit', sha);
      expect(blob).toEqual({ sha, size: 9, content: Buffer.from('print(1)\n') });
      const empty = await gogs.git.blob('ann', 'kit', blobId(Buffer.alloc(0)));
      expect(empty.content).toHaveLength(0);
    });

    it('does not find what is absent, and tells a file from a folder', async () => {
      const { gogs } = site();
      const calls = [
        gogs.git.tree('ann', 'kit', unknownId),
        gogs.git.tree('ann', 'kit', 'nope', { path: 'src' }),
        gogs.git.tree('ann', 'kit', 'main', { path: 'nope' }),
        gogs.git.blob('ann', 'kit', unknownId),
      ];
      for (const error of await errorsOf(calls)) expect(error.code).toBe('GOGS_NOT_FOUND');
      const file = await errorOf(gogs.git.tree('ann', 'kit', 'main', { path: 'src/main.py' }));
      expect(file).toMatchObject({ code: 'GOGS_REFUSED_PATH', reason: 'not-a-folder' });
    });
  });

  describe('a tree', () => {
    it('is listed to its leaves, relative to a folder', async () => {
      const { gogs } = site();
      const paths = async (path: string) =>
        (await gogs.tree('ann', 'kit', 'main', { path })).map((entry) => `${entry.type} ${entry.path}`);
      expect(await paths('src')).toEqual(['blob empty.txt', 'tree lib', 'blob lib/a.py', 'blob main.py']);
      expect(await paths('vendor')).toEqual(['commit mod']);
      expect((await gogs.tree('ann', 'kit', 'v1')).map(({ path }) => path)).toContain(deepPath);
    });

    it('has limits', async () => {
      const { gogs } = site();
      const limited = [
        gogs.tree('ann', 'kit', 'v1', { maxEntries: 999 }),
        gogs.tree('ann', 'kit', 'v1', { maxDepth: 10 }),
      ];
      for (const error of await errorsOf(limited)) expect(error).toMatchObject({ reason: 'too-many' });
    });
  });
}
