import { describe, expect, it } from 'vitest';
import { errorOf, errorsOf } from '../helpers/errors.ts';
import { unknownId, type Site } from './fixture.ts';

export function commitsContract(site: () => Site): void {
  describe('a ref', () => {
    it('leads to its commit, an annotated tag, too', async () => {
      const { gogs, commits, tagObject } = site();
      const resolve = (ref: string) => gogs.commits.resolve('ann', 'kit', ref);
      expect(await resolve('main')).toBe(commits.second);
      expect(await resolve('HEAD')).toBe(commits.second);
      expect(await resolve('refs/heads/main')).toBe(commits.second);
      expect(await resolve(commits.first)).toBe(commits.first);
      expect(await resolve(commits.first.slice(0, 10))).toBe(commits.first);
      for (const ref of ['v1', 'light', 'refs/tags/v1', tagObject, 'main~1']) {
        expect(await resolve(ref)).toBe(commits.first);
      }
      const feature = await gogs.commits.get('ann', 'kit', 'feature/x');
      expect(feature.parents).toEqual([{ sha: commits.first }]);
    });

    it('that is absent is not found, whatever Gogs answers', async () => {
      const { gogs } = site();
      for (const ref of ['nope', 'feature/nope', 'refs/heads/nope', unknownId, 'abcdef1']) {
        expect(await errorOf(gogs.commits.resolve('ann', 'kit', ref))).toMatchObject({
          code: 'GOGS_NOT_FOUND',
          reason: 'absent',
        });
      }
      expect((await errorOf(gogs.commits.resolve('ann', 'void', 'main'))).code).toBe('GOGS_NOT_FOUND');
    });
  });

  describe('commits', () => {
    it('have authors, times and the first line of their message', async () => {
      const { gogs, commits } = site();
      expect(await gogs.commits.get('ann', 'kit', 'v1')).toMatchObject({
        sha: commits.first,
        commit: {
          author: { name: 'Nadia Node', email: 'nadia@example.test', date: '2026-01-01T03:04:05Z' },
          message: 'First version',
        },
        author: null,
        parents: [],
      });
    });

    it('are listed from the end of the default branch', async () => {
      const { gogs, commits } = site();
      const ids = async (limit?: number) =>
        (await gogs.commits.list('ann', 'kit', limit === undefined ? {} : { limit })).map(({ sha }) => sha);
      expect(await ids()).toEqual([commits.second, commits.first]);
      expect(await ids(1)).toEqual([commits.second]);
      expect((await errorOf(gogs.commits.list('ann', 'nope'))).code).toBe('GOGS_NOT_FOUND');
    });
  });

  describe('branches and tags', () => {
    it('are listed with their commits', async () => {
      const { gogs, commits, tagObject } = site();
      const branches = await gogs.branches.list('ann', 'kit');
      expect(branches.map(({ name }) => name)).toEqual(['feature/x', 'main']);
      expect(await gogs.branches.get('ann', 'kit', 'main')).toMatchObject({ commit: { id: commits.second } });
      expect(await gogs.branches.get('ann', 'kit', 'feature/x')).toMatchObject({ name: 'feature/x' });
      expect((await errorOf(gogs.branches.get('ann', 'kit', 'nope'))).code).toBe('GOGS_NOT_FOUND');
      const tags = await gogs.tags.list('ann', 'kit');
      const ids = Object.fromEntries(tags.map(({ name, commit }) => [name, commit.id]));
      expect(ids).toEqual({ v1: tagObject, light: commits.first });
      expect(await gogs.tags.list('ann', 'open')).toEqual([]);
    });
  });

  describe('an empty repository', () => {
    it('has no branches, commits, tags or contents, and that is no failure of the server', async () => {
      const { gogs } = site();
      expect(await gogs.branches.list('ann', 'void')).toEqual([]);
      expect(await gogs.commits.list('ann', 'void')).toEqual([]);
      expect(await gogs.tags.list('ann', 'void')).toEqual([]);
      const calls = [
        gogs.contents.get('ann', 'void', ''),
        gogs.git.tree('ann', 'void', 'HEAD'),
        gogs.raw.stream('ann', 'void', 'main', 'x'),
        gogs.raw.stream('ann', 'void', unknownId, 'x'),
        gogs.archive.stream('ann', 'void', 'main', 'zip'),
        gogs.snapshot('ann', 'void', 'main'),
        gogs.tree('ann', 'void', 'main'),
      ];
      for (const error of await errorsOf(calls)) expect(error.code).toBe('GOGS_NOT_FOUND');
    });
  });
}
