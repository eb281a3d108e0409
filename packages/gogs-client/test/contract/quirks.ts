import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { errorOf, errorsOf } from '../helpers/errors.ts';
import { twentyMegabytes, unknownId, type Site } from './fixture.ts';

/** Gogs' surprises as they are on the wire, next to what the client makes of them. */
export function quirksContract(site: () => Site): void {
  const wire = async (path: string) => {
    const { server, tokens } = site();
    const headers = { authorization: `token ${tokens.ann}` };
    const answer = await request(`${server.baseUrl}/api/v1/repos/ann/${path}`, { headers });
    return { status: answer.statusCode, text: await answer.body.text() };
  };

  describe('a quirk of Gogs', () => {
    it('an unknown commit id is a 500; here it is not found', async () => {
      for (const path of [
        `kit/commits/${unknownId}`,
        `kit/contents/src?ref=${unknownId}`,
        `kit/git/trees/${unknownId}`,
        `kit/git/blobs/${unknownId}`,
      ]) {
        expect((await wire(path)).status).toBe(500);
      }
      const { gogs } = site();
      const calls = [
        gogs.commits.get('ann', 'kit', unknownId),
        gogs.contents.get('ann', 'kit', 'src', { ref: unknownId }),
        gogs.git.tree('ann', 'kit', unknownId),
        gogs.git.blob('ann', 'kit', unknownId),
      ];
      for (const error of await errorsOf(calls)) {
        expect(error).toMatchObject({ code: 'GOGS_NOT_FOUND', status: 404 });
      }
    });

    it('commits of an empty repository are two JSON texts in one; here they are none', async () => {
      const { status, text } = await wire('void/commits');
      expect([status, text.slice(-3)]).toEqual([500, '}[]']);
      expect(await site().gogs.commits.list('ann', 'void')).toEqual([]);
    });

    it('an empty file has no content; here it has an empty one', async () => {
      const { text } = await wire('kit/contents/src/empty.txt');
      expect(JSON.parse(text)).not.toHaveProperty('content');
      const file = await site().gogs.contents.getFile('ann', 'kit', 'src/empty.txt');
      expect(file.content).toHaveLength(0);
    });

    it('addresses below the root lack the folders; here they have them', async () => {
      const { text } = await wire('kit/contents/src/main.py?ref=main');
      const wrong = JSON.parse(text) as { download_url: string };
      expect(wrong.download_url).toMatch(/\/raw\/main\/main\.py$/);
      const file = await site().gogs.contents.getFile('ann', 'kit', 'src/main.py', { ref: 'main' });
      expect(file.download_url).toMatch(/\/raw\/main\/src\/main\.py$/);
    });

    it('every file of a tree has the mode of a symlink; here it has none', async () => {
      const { text } = await wire('kit/git/trees/main:src');
      const { tree } = JSON.parse(text) as { tree: { type: string; mode: string }[] };
      expect(tree.filter(({ type }) => type === 'blob').map(({ mode }) => mode)).toEqual([
        '120000',
        '120000',
      ]);
      const [entry] = await site().gogs.git.tree('ann', 'kit', 'main', { path: 'src' });
      expect(entry).not.toHaveProperty('mode');
    });

    it('an annotated tag has its own id for its commit’s; resolving leads on', async () => {
      const { gogs, commits, tagObject } = site();
      expect(JSON.parse((await wire('kit/commits/v1')).text)).toMatchObject({ sha: tagObject });
      expect(await gogs.commits.resolve('ann', 'kit', 'v1')).toBe(commits.first);
    });

    it('branches of an empty repository are a 500; here they are none', async () => {
      expect((await wire('void/branches')).status).toBe(500);
      expect(await site().gogs.branches.list('ann', 'void')).toEqual([]);
    });

    it('a name that begins with a quote loses its ends in listings; no file gets such a name', async () => {
      const { gogs, server, fresh } = site();
      const repo = await fresh();
      await server.commitFiles('ann', repo, { files: { 'q/"abc"': 'x'.repeat(5_000), 'r/"abc"': 'x' } });
      for (const path of ['q', 'r']) {
        const snapshot = await gogs.snapshot('ann', repo, 'main', { path });
        expect(snapshot.files).toMatchObject([{ path: 'abc' }]);
        const [file] = snapshot.files;
        expect((await errorOf(file ? snapshot.open(file) : Promise.resolve())).code).toBe('GOGS_NOT_FOUND');
      }
      expect(await gogs.raw.get('ann', repo, 'main', 'r/"abc"')).toEqual(Buffer.from('x'));
    });

    it('a listing has every file’s content in it; the limit on answers holds', async () => {
      const small = site().client({ token: site().tokens.ann, maxAnswerBytes: 1024 * 1024 });
      const error = await errorOf(small.contents.listFolder('ann', 'kit', 'big'));
      expect(error.code).toBe('GOGS_TOO_LARGE');
      expect(await small.tree('ann', 'kit', 'main', { path: 'big' })).toMatchObject([
        { path: '20MB.bin', size: twentyMegabytes.length },
      ]);
    });
  });
}
