import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { ask } from './ask.ts';
import { failureBody, inFolder, unknownId, type Site } from './fixture.ts';

export function siteContract(site: () => Site): void {
  describe('repositories', () => {
    const create = (body: unknown) =>
      site().api('/user/repos', { method: 'POST', token: site().tokens.ann, body });

    it('are shown with their owner, URLs and the caller’s permissions', async () => {
      const base = site().gogs.baseUrl;
      const reply = await site().api('/repos/ann/open', { token: site().tokens.bob });
      expect(reply.json()).toMatchObject({
        owner: { username: 'ann', login: 'ann', full_name: '' },
        name: 'Open',
        full_name: 'ann/Open',
        description: 'for everyone',
        private: false,
        fork: false,
        parent: null,
        empty: false,
        mirror: false,
        html_url: `${base}/ann/Open`,
        clone_url: `${base}/ann/Open.git`,
        default_branch: 'main',
        permissions: { admin: false, push: false, pull: true },
      });
      expect((await site().repo('ann/void')).json()).toMatchObject({
        empty: true,
        permissions: { push: true },
      });
    });

    it('are created, and deleted by their owner', async () => {
      const { repo } = site();
      const created = await create({ name: 'Born', private: true });
      expect(created.status).toBe(201);
      expect(created.json()).toMatchObject({ full_name: 'ann/Born', private: true, default_branch: '' });
      expect((await repo('ann/born')).json()).toMatchObject({ empty: true, default_branch: 'main' });
      expect((await repo('ann/born', { method: 'DELETE' })).status).toBe(204);
      expect((await repo('ann/born')).status).toBe(404);
    });

    it('start with a README when asked for the right one', async () => {
      const body = { name: 'with-readme', auto_init: true };
      expect((await create(body)).json()).toEqual(failureBody);
      expect((await create({ ...body, readme: 'Default' })).status).toBe(201);
      expect((await site().repo('ann/with-readme/raw/main/README.md')).text).toMatch(/^# with-readme\n/);
    });

    it('are refused for a name that is taken, missing, or no name', async () => {
      expect((await create({ name: 'kit' })).json()).toEqual(failureBody);
      expect((await create({})).json()).toMatchObject([
        { fieldNames: ['Name'], classification: 'RequiredError' },
      ]);
      expect((await create({ name: 'a b' })).json()).toMatchObject([{ classification: 'AlphaDashDotError' }]);
      expect((await create({ name: 'x'.repeat(101) })).json()).toMatchObject([
        { classification: 'MaxSizeError' },
      ]);
      for (const name of ['a.git', 'a.wiki', '..']) {
        const reserved = await create({ name });
        expect(reserved.status).toBe(422);
        expect((reserved.json() as { message: string }).message).toContain('name is not allowed');
      }
    });

    it('are found by a part of their name, if they are public', async () => {
      const { api, tokens } = site();
      const names = async (query: string, token?: string) => {
        const reply = await api(`/repos/search?${query}`, token === undefined ? {} : { token });
        const { data, ok } = reply.json() as { data: { name: string }[]; ok: boolean };
        return [ok, data.map(({ name }) => name)];
      };
      expect(await names('q=OPE')).toEqual([true, ['Open']]);
      expect(await names('q=kit', tokens.ann)).toEqual([true, []]);
      expect(await names('')).toEqual([true, []]);
      const { id } = (await api('/user', { token: tokens.ann })).json() as { id: number };
      expect(await names(`q=kit&uid=${id}`, tokens.ann)).toEqual([true, ['Kit']]);
      expect(await names(`q=kit&uid=${id}`, tokens.bob)).toEqual([true, []]);
    });

    it('are found page by page, with links that lack the query', async () => {
      const { gogs, api } = site();
      await gogs.createUser({ name: 'many', password: 'only-for-tests' });
      for (const name of ['page-a', 'page-b', 'page-c']) await gogs.createRepository({ owner: 'many', name });
      const reply = await api('/repos/search?q=page-&limit=2');
      expect((reply.json() as { data: unknown[] }).data).toHaveLength(2);
      const url = `${gogs.baseUrl}/api/v1/repos/search`;
      expect(reply.headers['link']).toBe(`<${url}?page=2>; rel="next",<${url}?page=2>; rel="last"`);
      const last = await api('/repos/search?q=page-&limit=2&page=2');
      expect((last.json() as { data: unknown[] }).data).toHaveLength(1);
      expect(last.headers['link']).toBe(`<${url}?page=1>; rel="first",<${url}?page=1>; rel="prev"`);
    });

    it('are listed to their owner and to their collaborators', async () => {
      const { api, gogs, tokens, fresh } = site();
      const name = await fresh();
      await gogs.addCollaborator('ann', name, 'bob', 'read');
      const names = async (token: string) =>
        ((await api('/user/repos', { token })).json() as { full_name: string }[]).map(
          (each) => each.full_name,
        );
      expect(await names(tokens.ann)).toContain('ann/Kit');
      expect(await names(tokens.bob)).toContain(`ann/${name}`);
      expect(await names(tokens.bob)).not.toContain('ann/Kit');
      expect((await api('/user/repos')).status).toBe(401);
    });

    it('have no releases until someone makes one by hand', async () => {
      expect((await site().repo('ann/kit/releases')).text).toBe('[]');
      expect((await site().api('/repos/ann/open/releases')).text).toBe('[]');
    });
  });

  describe('users', () => {
    it('show their e-mail address only to who is signed in', async () => {
      const { api, tokens } = site();
      expect((await api('/users/ANN')).json()).toMatchObject({ username: 'ann', email: '' });
      expect((await api('/users/ann', { token: tokens.bob })).json()).toMatchObject({
        email: 'ann@example.test',
      });
      expect((await api('/users/nobody')).status).toBe(404);
    });
  });

  describe('the server', () => {
    it('is healthy', async () => {
      expect((await ask(site().gogs.baseUrl, '/healthcheck')).status).toBe(200);
    });

    it('refuses a path that is not encoded', async () => {
      expect((await site().repo('ann/kit/contents/100%')).status).toBe(400);
    });

    it('answers HTTP/1.0 without chunks: the end of the connection is the end of a long body', async () => {
      const { gogs, tokens } = site();
      const { hostname, port } = new URL(gogs.baseUrl);
      const socket = connect(Number(port), hostname);
      const path = '/api/v1/repos/ann/kit/raw/main/src/long.txt';
      socket.write(`GET ${path} HTTP/1.0\r\nHost: ${hostname}\r\nAuthorization: token ${tokens.ann}\r\n\r\n`);
      const [head = '', ...body] = (await text(socket)).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.[01] 200 OK\r\n/);
      expect(head).not.toMatch(/^(transfer-encoding|content-length):/im);
      expect(body.join('\r\n\r\n')).toHaveLength(8_100);
    });

    it('keeps a connection open for the next request', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      try {
        const ports = new Set<number | undefined>();
        agent.on('free', (socket: { localPort?: number }) => ports.add(socket.localPort));
        for (const path of ['ann/kit/branches/main', 'ann/kit/contents/nope', 'ann/kit/contents/src']) {
          const reply = await site().repo(path, { agent });
          expect(reply.headers.connection).not.toBe('close');
        }
        expect(ports.size).toBe(1);
      } finally {
        agent.destroy();
      }
    });

    it('keeps a record of requests, without the token', async () => {
      const { gogs, repo, tokens } = site();
      const path = '/api/v1/repos/ann/kit/contents/nope?ref=recorded';
      await repo('ann/kit/contents/nope?ref=recorded');
      const record = await vi.waitUntil(() => gogs.requests.find((request) => request.path === path));
      await vi.waitFor(() => {
        expect(record).toMatchObject({ method: 'GET', status: 404 });
      });
      expect(JSON.stringify(record)).not.toContain(tokens.ann);
    });
  });

  describe('its administration', () => {
    it('moves a branch back when a rewritten history is pushed', async () => {
      const { gogs, repo, fresh } = site();
      const name = await fresh({ a: 'one' });
      const before = (await repo(`ann/${name}/branches/main`)).json() as { commit: { id: string } };
      await gogs.commitFiles('ann', name, { files: { a: 'two' } });
      await inFolder(join(tmpdir(), 'ota-push-'), async (folder) => {
        const git = (...args: string[]): string =>
          execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
        git('init', '--quiet', '--bare');
        const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: folder, input: 'other' });
        const entry = `100644 blob ${blob.toString().trim()}\ta\n`;
        const tree = execFileSync('git', ['mktree'], { cwd: folder, input: entry }).toString().trim();
        const identity = ['-c', 'user.name=Other', '-c', 'user.email=other@example.test'];
        const commit = git(...identity, 'commit-tree', '-m', 'Rewritten', tree).trim();
        git('update-ref', 'refs/heads/topic', commit);
        await gogs.push('ann', name, folder, ['topic:main']);
        const after = (await repo(`ann/${name}/branches/main`)).json();
        expect(after).toMatchObject({ commit: { id: commit, message: 'Rewritten\n' } });
      });
      expect((await repo(`ann/${name}/raw/main/a`)).text).toBe('other');
      expect((await repo(`ann/${name}/commits/${before.commit.id}`)).status).toBe(200);
    });

    it('commits on top of what was put through the API', async () => {
      const { gogs, repo, fresh } = site();
      const name = await fresh();
      const body = { message: 'By API', content: Buffer.from('x').toString('base64') };
      const put = (await repo(`ann/${name}/contents/x`, { method: 'PUT', body })).json() as {
        commit: { sha: string };
      };
      const id = await gogs.commitFiles('ann', name, {
        message: 'By hand',
        remove: ['main.py'],
        files: { y: 'y' },
      });
      expect((await repo(`ann/${name}/commits/${id}`)).json()).toMatchObject({
        parents: [{ sha: put.commit.sha }],
      });
      const listed = (await repo(`ann/${name}/contents`)).json() as { name: string }[];
      expect(listed.map((each) => each.name)).toEqual(['x', 'y']);
    });

    it('refuses what cannot be: a commit in no repository, a branch from nothing, a second user of a name', async () => {
      const { gogs, fresh } = site();
      const name = await fresh();
      await expect(gogs.commitFiles('ann', 'none', { files: { a: 'a' } })).rejects.toThrow();
      await expect(gogs.commitFiles('ann', name, { branch: 'b', from: unknownId })).rejects.toMatchObject({
        code: 'GIT_FAILED',
      });
      await expect(gogs.createUser({ name: 'ann', password: 'x' })).rejects.toThrow();
      await expect(gogs.createToken('ann', 'wrong', 'x')).rejects.toThrow();
      await expect(gogs.createRepository({ owner: 'ann', name: 'Kit' })).rejects.toThrow();
    });
  });
}
