import { describe, expect, it } from 'vitest';
import { ask, basic, type Reply } from './ask.ts';
import { password, type Site } from './fixture.ts';

const statusAndBody = ({ status, text }: Reply): unknown => ({ status, text });

export function accessContract(site: () => Site): void {
  describe('access', () => {
    it.each(['Bearer', 'Token', 'bearer'])('does not know the scheme %s', async (scheme) => {
      const { api, tokens } = site();
      const reply = await api('/user', { headers: { Authorization: `${scheme} ${tokens.ann}` } });
      expect(statusAndBody(reply)).toEqual({ status: 401, text: '' });
    });

    it('takes a token with any space after the scheme', async () => {
      const reply = await site().api('/user', { headers: { Authorization: `token   ${site().tokens.ann}` } });
      expect(reply.json()).toMatchObject({ username: 'ann', login: 'ann', email: 'ann@example.test' });
    });

    it('does not take a token from the query', async () => {
      const { api, tokens } = site();
      expect((await api(`/user?token=${tokens.ann}&access_token=${tokens.ann}`)).status).toBe(401);
    });

    it('answers 401 with nothing to who has no token, before it looks for the repository', async () => {
      for (const path of [
        '/repos/ann/open/contents',
        '/repos/ann/none/contents',
        '/repos/no/body/branches',
      ]) {
        expect(statusAndBody(await site().api(path))).toEqual({ status: 401, text: '' });
      }
    });

    it('takes a wrong token for none', async () => {
      const { api } = site();
      const token = 'f'.repeat(40);
      expect((await api('/repos/ann/open/contents', { token })).status).toBe(401);
      expect((await api('/repos/ann/open', { token })).status).toBe(200);
      expect((await api('/repos/ann/kit', { token })).status).toBe(404);
    });

    it('takes a password where a visitor may look, and not where a token is needed', async () => {
      const { api } = site();
      const headers = basic('ann', password);
      expect((await api('/repos/ann/kit', { headers })).status).toBe(200);
      expect((await api('/repos/ann/kit/contents', { headers })).status).toBe(401);
      expect((await api('/user', { headers })).status).toBe(401);
    });

    it('does not take a token for a password', async () => {
      const { api, tokens } = site();
      expect((await api('/users/ann/tokens', { headers: basic('ann', tokens.ann) })).status).toBe(401);
    });

    it('hides a private repository from strangers', async () => {
      const { api, tokens } = site();
      for (const path of ['', '/contents', '/branches/main', '/raw/main/src/main.py', '/releases']) {
        const reply = await api(`/repos/ann/kit${path}`, { token: tokens.bob });
        expect(statusAndBody(reply)).toEqual({ status: 404, text: '' });
      }
      expect(statusAndBody(await api('/repos/ann/kit'))).toEqual({ status: 404, text: '' });
    });

    it('says the same of a repository and of an owner that is not there', async () => {
      for (const path of ['ann/none', 'nobody/kit', 'ann/none/contents', 'nobody/kit/contents']) {
        expect(statusAndBody(await site().repo(path))).toEqual({ status: 404, text: '' });
      }
    });

    it('shows a public repository to every token, and changes nothing for strangers', async () => {
      const { api, tokens } = site();
      expect((await api('/repos/ann/open/contents/README.md', { token: tokens.bob })).status).toBe(200);
      const body = { message: 'no', content: 'aGVsbG8=' };
      const put = await api('/repos/ann/open/contents/x', { method: 'PUT', token: tokens.bob, body });
      expect(statusAndBody(put)).toEqual({ status: 403, text: '' });
    });

    it('opens everything to the token of a site admin', async () => {
      const { api, tokens } = site();
      const reply = await api('/repos/ann/kit', { token: tokens.sia });
      expect(reply.json()).toMatchObject({ permissions: { admin: true, push: true, pull: true } });
    });

    it('knows owners and repositories in any case, and echoes the case of the request', async () => {
      const reply = await site().repo('ANN/kIT/contents/src/main.py');
      const base = site().gogs.baseUrl;
      expect(reply.json()).toMatchObject({
        url: `${base}/api/v1/repos/ANN/kIT/contents/src/main.py`,
        html_url: `${base}/ann/Kit/src/main/main.py`,
      });
    });

    describe('of collaborators', () => {
      const may = async (token: string, name: string): Promise<unknown> => {
        const { api } = site();
        const body = { message: 'by a collaborator', content: 'aGVsbG8=' };
        return {
          read: (await api(`/repos/ann/${name}/contents`, { token })).status,
          write: (await api(`/repos/ann/${name}/contents/x`, { method: 'PUT', token, body })).status,
          administer: (await api(`/repos/ann/${name}/collaborators`, { token })).status,
          delete: (await api(`/repos/ann/${name}`, { method: 'DELETE', token })).status,
        };
      };

      it.each([
        ['read', { read: 200, write: 403, administer: 403, delete: 403 }],
        ['write', { read: 200, write: 201, administer: 403, delete: 403 }],
        ['admin', { read: 200, write: 201, administer: 200, delete: 403 }],
      ] as const)('lets one with %s access do so much', async (access, expected) => {
        const { gogs, tokens, fresh } = site();
        const name = await fresh();
        await gogs.addCollaborator('ann', name, 'bob', access);
        expect(await may(tokens.bob, name)).toEqual(expected);
      });

      it('adds, lists and removes them', async () => {
        const { repo, fresh } = site();
        const name = await fresh();
        const path = `ann/${name}/collaborators/bob`;
        expect((await repo(path)).status).toBe(404);
        expect((await repo(path, { method: 'PUT', body: { permission: 'read' } })).status).toBe(204);
        expect((await repo(path)).status).toBe(204);
        expect((await repo(`ann/${name}/collaborators`)).json()).toMatchObject([
          { username: 'bob', permissions: { admin: false, push: false, pull: true } },
        ]);
        expect((await repo(path, { method: 'DELETE' })).status).toBe(204);
        expect((await repo(path)).status).toBe(404);
      });

      it('answers 422 for a user that is not there', async () => {
        const { repo, fresh } = site();
        const reply = await repo(`ann/${await fresh()}/collaborators/nobody`, { method: 'PUT', body: {} });
        expect(statusAndBody(reply)).toEqual({ status: 422, text: '' });
      });
    });

    describe('tokens', () => {
      const create = (user: string, name: unknown, headers = basic(user, password)): Promise<Reply> =>
        site().api(`/users/${user}/tokens`, { method: 'POST', headers, body: { name } });

      it('are 40 hex digits and open what their user may see', async () => {
        const reply = await create('ann', 'opens');
        expect(reply.status).toBe(201);
        expect(reply.json()).toEqual({
          name: 'opens',
          sha1: expect.stringMatching(/^[0-9a-f]{40}$/) as unknown,
        });
        const { sha1 } = reply.json() as { sha1: string };
        expect((await site().api('/repos/ann/kit/contents', { token: sha1 })).status).toBe(200);
      });

      it('belong to who gave the password, whatever the path says', async () => {
        const { sha1 } = (await create('bob', 'by ann', basic('ann', password))).json() as { sha1: string };
        expect((await site().api('/user', { token: sha1 })).json()).toMatchObject({ username: 'ann' });
      });

      it('have one name each', async () => {
        await create('bob', 'twice');
        const reply = await create('bob', 'twice');
        expect(reply.status).toBe(422);
        expect((reply.json() as { message: string }).message).toMatch(/^access token already exists/);
      });

      it('need a name, a password that is right, and no token', async () => {
        expect((await create('ann', undefined)).json()).toEqual([
          { fieldNames: ['Name'], classification: 'RequiredError', message: 'Required' },
        ]);
        expect(statusAndBody(await create('ann', 'x', basic('ann', 'wrong')))).toEqual({
          status: 401,
          text: '',
        });
        const { api, tokens } = site();
        const byToken = await api('/users/ann/tokens', {
          method: 'POST',
          token: tokens.ann,
          body: { name: 'x' },
        });
        expect(byToken.status).toBe(401);
      });

      it('are of no use as they are listed', async () => {
        const { sha1 } = (await create('ann', 'listed')).json() as { sha1: string };
        const reply = await site().api('/users/ann/tokens', { headers: basic('ann', password) });
        const listed = (reply.json() as { name: string; sha1: string }[]).find(
          ({ name }) => name === 'listed',
        );
        expect(listed?.sha1).toMatch(/^[0-9a-f]{40}$/);
        expect(listed?.sha1).not.toBe(sha1);
        expect((await site().api('/user', { token: listed?.sha1 ?? '' })).status).toBe(401);
      });
    });

    it('starts a session with every request, and never asks for it back', async () => {
      const reply = await ask(site().gogs.baseUrl, '/api/v1/user');
      expect(reply.headers['set-cookie']?.join('\n')).toMatch(/^i_like_gogs=\w+; Path=\/; HttpOnly/m);
    });
  });
}
