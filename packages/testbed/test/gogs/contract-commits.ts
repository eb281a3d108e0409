import { describe, expect, it } from 'vitest';
import { failureBody, unknownId, type Site } from './fixture.ts';
import type { Reply } from './ask.ts';

const nadia = { name: 'Nadia Node', email: 'nadia@example.test' };
const accept = { Accept: 'application/vnd.gogs.sha' };

export function commitsContract(site: () => Site): void {
  const get = (path: string, headers = {}): Promise<Reply> => site().repo(`ann/kit/${path}`, { headers });
  const text = async (path: string, headers = {}) => {
    const reply = await get(path, headers);
    return [reply.status, reply.headers['content-type'], reply.text];
  };

  describe('GET branches', () => {
    it('shows a branch with its commit', async () => {
      expect((await get('branches/main')).json()).toEqual({
        name: 'main',
        commit: {
          id: site().commits.second,
          message: 'Add a submodule\n',
          url: 'Not implemented',
          author: { ...nadia, username: '' },
          committer: { ...nadia, username: '' },
          added: null,
          removed: null,
          modified: null,
          timestamp: '2026-01-03T03:04:05Z',
        },
      });
    });

    it('names the account with the e-mail address of an author', async () => {
      const { gogs, repo, fresh } = site();
      const name = await fresh();
      const author = { name: 'Somebody', email: 'bob@example.test' };
      await gogs.commitFiles('ann', name, { files: { x: 'x' }, author });
      expect((await repo(`ann/${name}/branches/main`)).json()).toMatchObject({
        commit: { author: { name: 'Somebody', username: 'bob' } },
      });
    });

    it('takes a slash in the name, encoded or not', async () => {
      for (const path of ['branches/feature/x', 'branches/feature%2Fx']) {
        expect((await get(path)).json()).toMatchObject({ name: 'feature/x' });
      }
    });

    it('answers 404 with nothing for what is no branch', async () => {
      for (const name of ['nope', 'MAIN', 'v1', 'refs/heads/main', site().commits.second]) {
        expect(await text(`branches/${name}`)).toEqual([404, undefined, '']);
      }
      expect((await site().repo('ann/void/branches/main')).status).toBe(404);
    });

    it('lists them by name, and fails for an empty repository', async () => {
      const listed = (await get('branches')).json() as { name: string }[];
      expect(listed.map(({ name }) => name)).toEqual(['bare-submodule', 'empty-tree', 'feature/x', 'main']);
      const empty = await site().repo('ann/void/branches');
      expect([empty.status, empty.json()]).toEqual([500, failureBody]);
    });
  });

  describe('GET tags', () => {
    it('lists them newest first, an annotated one with the id of the tag object', async () => {
      const listed = (await get('tags')).json() as {
        name: string;
        commit: { id: string; message: string };
      }[];
      expect(listed.map(({ name, commit }) => [name, commit.id])).toEqual([
        ['v1', site().annotatedTagId],
        ['light', site().commits.first],
      ]);
      expect(listed[0]?.commit.message).toBe('First version\n\nWith a body.\n');
      expect(site().annotatedTagId).not.toBe(site().commits.first);
    });

    it('lists none for an empty repository', async () => {
      expect((await site().repo('ann/void/tags')).text).toBe('[]');
    });
  });

  describe('GET commits', () => {
    it('shows a commit with the first line of its message, and its own id as its tree', async () => {
      const { first, second } = site().commits;
      const base = site().gogs.baseUrl;
      expect((await get(`commits/${second}`)).json()).toEqual({
        url: `${base}/api/v1/repos/ann/kit/commits/${second}`,
        sha: second,
        html_url: `${base}/ann/Kit/commits/${second}`,
        commit: {
          url: `${base}/api/v1/repos/ann/kit/commits/${second}`,
          author: { ...nadia, date: '2026-01-03T03:04:05Z' },
          committer: { ...nadia, date: '2026-01-03T03:04:05Z' },
          message: 'Add a submodule',
          tree: { url: `${base}/api/v1/repos/ann/Kit/tree/${second}`, sha: second },
        },
        author: null,
        committer: null,
        parents: [{ url: `${base}/api/v1/repos/ann/Kit/commits/${first}`, sha: first }],
      });
      expect((await get(`commits/${first}`)).json()).toMatchObject({
        commit: { message: 'First version' },
        parents: [],
      });
    });

    it('takes any revision of one part', async () => {
      const { first, second } = site().commits;
      const revisions = {
        main: second,
        [second.slice(0, 7)]: second,
        'main~1': first,
        light: first,
        v1: site().annotatedTagId,
      };
      for (const [revision, sha] of Object.entries(revisions)) {
        expect((await get(`commits/${revision}`)).json()).toMatchObject({ sha });
      }
      expect((await get('commits/feature%2Fx')).json()).toMatchObject({ commit: { message: 'A feature' } });
    });

    it('answers 404 for an unknown name, 500 for an unknown whole id and for a tree', async () => {
      expect(await text('commits/nope')).toEqual([404, undefined, '']);
      for (const revision of [unknownId, 'main:src']) {
        expect((await get(`commits/${revision}`)).json()).toEqual(failureBody);
      }
    });

    it('gives only the id of a ref with a slash in it, as plain text', async () => {
      const { second, first } = site().commits;
      expect(await text('commits/refs/heads/main')).toEqual([200, 'text/plain', second]);
      expect(await text('commits/refs/tags/light')).toEqual([200, 'text/plain', first]);
      expect(await text('commits/refs/tags/v1')).toEqual([200, 'text/plain', site().annotatedTagId]);
      const feature = (await get('branches/feature/x')).json() as { commit: { id: string } };
      expect(await text('commits/feature/x')).toEqual([200, 'text/plain', feature.commit.id]);
    });

    it('answers 500 for a whole ref that is not there, 404 for a short one', async () => {
      expect((await get('commits/refs/heads/nope')).json()).toEqual(failureBody);
      expect((await get('commits/refs/tags/nope')).json()).toEqual(failureBody);
      expect(await text('commits/feature/nope')).toEqual([404, undefined, '']);
      expect((await site().repo('ann/void/commits/refs/heads/main')).status).toBe(500);
    });

    it('gives the id of a branch or tag, and of nothing else, to who accepts only that', async () => {
      const { second, first } = site().commits;
      expect(await text('commits/main', accept)).toEqual([200, 'text/plain', second]);
      expect(await text('commits/light', accept)).toEqual([200, 'text/plain', first]);
      expect(await text('commits/v1', accept)).toEqual([200, 'text/plain', site().annotatedTagId]);
      expect((await text('commits/feature%2Fx', accept))[0]).toBe(200);
      for (const revision of ['nope', second, 'main~1']) {
        expect(await text(`commits/${revision}`, accept)).toEqual([404, undefined, '']);
      }
    });

    it('lists the default branch from its end, as many as asked for', async () => {
      const shas = async (query: string) =>
        ((await get(`commits${query}`)).json() as { sha: string }[]).map((c) => c.sha);
      const { first, second } = site().commits;
      expect(await shas('')).toEqual([second, first]);
      expect(await shas('?pageSize=1')).toEqual([second]);
      for (const none of ['none', '0', '1x'])
        expect(await shas(`?pageSize=${none}`)).toEqual([second, first]);
      expect(await text('commits?pageSize=-1')).toEqual([500, undefined, '']);
    });

    it('answers two documents at once for an empty repository', async () => {
      const reply = await site().repo('ann/void/commits');
      expect([reply.status, reply.text]).toEqual([500, `${JSON.stringify(failureBody)}[]`]);
    });

    it('says nothing that would help a cache', async () => {
      for (const path of ['commits/main', 'commits/refs/heads/main', 'branches/main']) {
        const { headers } = await get(path);
        for (const name of ['etag', 'last-modified', 'cache-control'])
          expect(headers).not.toHaveProperty(name);
      }
    });
  });
}
