import { describe, expect, it } from 'vitest';
import { blobId } from '../../src/index.ts';
import { errorOf, errorsOf } from '../helpers/errors.ts';
import { deepPath, oddNames, twentyMegabytes, unknownId, type Site } from './fixture.ts';

export function contentsContract(site: () => Site): void {
  describe('contents', () => {
    it('of a file are its bytes, at any ref', async () => {
      const { gogs, commits } = site();
      const text = async (ref?: string) =>
        (
          await gogs.contents.getFile('ann', 'kit', 'src/main.py', ref === undefined ? {} : { ref })
        ).content.toString();
      expect(await text()).toBe('print(1)\n');
      expect(await text('feature/x')).toBe('print("feature")\n');
      for (const ref of ['v1', commits.first, 'main~1']) expect(await text(ref)).toBe('print(1)\n');
    });

    it('of an empty file are empty', async () => {
      const file = await site().gogs.contents.getFile('ann', 'kit', 'src/empty.txt');
      expect(file).toMatchObject({ size: 0, content: Buffer.alloc(0), sha: blobId(Buffer.alloc(0)) });
    });

    it.each(oddNames)('of "%s" are found by that name', async (name) => {
      const path = `paths/${name}`;
      const file = await site().gogs.contents.getFile('ann', 'kit', path, { ref: 'v1' });
      expect([file.path, file.content.toString()]).toEqual([path, `${name}\n`]);
    });

    it('of a folder are its entries of every kind', async () => {
      const { gogs } = site();
      const kinds = async (path: string) =>
        Object.fromEntries(
          (await gogs.contents.listFolder('ann', 'kit', path)).map(({ name, type }) => [name, type]),
        );
      expect(await kinds('src')).toEqual({ 'main.py': 'file', 'empty.txt': 'file', lib: 'dir' });
      expect(await gogs.contents.listFolder('ann', 'kit', 'links')).toMatchObject([
        { type: 'symlink', path: 'links/link', target: '../src/main.py' },
      ]);
      expect(await gogs.contents.listFolder('ann', 'kit', '/vendor/')).toMatchObject([
        { type: 'submodule', sha: unknownId, submodule_git_url: 'https://example.test/mod.git' },
      ]);
    });

    it('40 levels down are found', async () => {
      const file = await site().gogs.contents.getFile('ann', 'kit', deepPath);
      expect(file.content.toString()).toBe('deep\n');
    });

    it('of 20 MB arrive whole', async () => {
      const file = await site().gogs.contents.getFile('ann', 'kit', 'big/20MB.bin');
      expect(file.content.equals(twentyMegabytes)).toBe(true);
    });

    it('have the addresses of their pages, below the root as well', async () => {
      const { gogs, server } = site();
      const file = await gogs.contents.getFile('ann', 'kit', 'paths/h#sh.txt', { ref: 'feature/x' });
      expect(file.html_url).toBe(`${server.baseUrl}/ann/Kit/src/feature/x/paths/h%23sh.txt`);
      expect(file.download_url).toBe(`${server.baseUrl}/ann/Kit/raw/feature/x/paths/h%23sh.txt`);
    });

    it('that are absent are not found', async () => {
      const { gogs } = site();
      const calls = [
        gogs.contents.get('ann', 'kit', 'nope'),
        gogs.contents.get('ann', 'kit', 'src/main.py', { ref: 'nope' }),
        gogs.contents.get('ann', 'kit', 'src/main.py', { ref: unknownId }),
        gogs.contents.get('ann', 'nope', 'src/main.py'),
      ];
      for (const error of await errorsOf(calls))
        expect(error).toMatchObject({ code: 'GOGS_NOT_FOUND', reason: 'absent' });
    });

    it('of another kind than asked for are not found, and the kind is told', async () => {
      const { gogs } = site();
      const errors = await errorsOf([
        gogs.contents.getFile('ann', 'kit', 'src'),
        gogs.contents.getFile('ann', 'kit', 'links/link'),
        gogs.contents.getFile('ann', 'kit', 'vendor/mod'),
        gogs.contents.listFolder('ann', 'kit', 'src/main.py'),
      ]);
      for (const [index, kind] of ['dir', 'symlink', 'submodule', 'file'].entries()) {
        expect(errors[index]?.code).toBe('GOGS_NOT_FOUND');
        expect(errors[index]?.message).toContain(`it is a ${kind}`);
      }
    });
  });

  describe('writing a file', () => {
    it('creates it, changes it and starts branches', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const path = 'new folder/naïve 日本.txt';
      const made = await gogs.contents.putFile('ann', repo, path, { message: 'Add', content: 'one' });
      expect(made).toMatchObject({ commit: { commit: { message: 'Add' } }, content: { type: 'file', path } });
      expect(await gogs.commits.resolve('ann', repo, 'main')).toBe(made.commit.sha);
      const bytes = Buffer.from([0, 255, 1]);
      await gogs.contents.putFile('ann', repo, path, { message: 'Change', content: bytes, branch: 'main' });
      expect((await gogs.contents.getFile('ann', repo, path)).content).toEqual(bytes);
      await gogs.contents.putFile('ann', repo, path, {
        message: 'Branch',
        content: 'two',
        branch: 'other/one',
      });
      const other = await gogs.contents.getFile('ann', repo, path, { ref: 'other/one' });
      expect(other.content.toString()).toBe('two');
    });

    it('is refused where Gogs cannot do it', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const file = { message: 'x', content: 'x' };
      await gogs.contents.putFile('ann', repo, 'x', { ...file, branch: 'other' });
      const onOther = await errorOf(gogs.contents.putFile('ann', repo, 'y', { ...file, branch: 'other' }));
      expect(onOther).toMatchObject({ code: 'GOGS_CONFLICT', status: 500 });
      expect(onOther.message).toContain('"other" exists already');
      const inVoid = await errorOf(gogs.contents.putFile('ann', 'void', 'x', file));
      expect(inVoid.code).toBe('GOGS_CONFLICT');
      expect(inVoid.message).toContain('empty repository');
      const empty = await errorOf(gogs.contents.putFile('ann', repo, 'z', { message: '', content: '' }));
      expect(empty).toMatchObject({
        code: 'GOGS_VALIDATION',
        fields: [{ field: 'Message' }, { field: 'Content', rule: 'RequiredError' }],
      });
      expect((await errorOf(gogs.contents.putFile('ann', repo, '.git/config', file))).code).toBe(
        'GOGS_SERVER',
      );
    });
  });
}
