import { describe, expect, it, vi } from 'vitest';
import { ask, basic } from './ask.ts';
import { failureBody, password, type Site } from './fixture.ts';
import { withStaticGit } from './static-git.ts';
import type { Question, Reply } from './ask.ts';

interface Made {
  readonly id: number;
}

const key = (letter: string): string => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(43)} test`;

/** Hooks, deploy keys, organisations, mirrors, releases and Markdown. */
export function administrationContract(site: () => Site): void {
  const repository = async () => {
    const name = await site().fresh();
    const go = (method: string, path: string, body?: unknown, question: Question = {}): Promise<Reply> =>
      site().repo(`ann/${name}/${path}`, { method, ...(body !== undefined && { body }), ...question });
    return { name, go };
  };
  const asAnn = (method: string, path: string, body?: unknown): Promise<Reply> =>
    site().api(path, { method, token: site().tokens.ann, ...(body !== undefined && { body }) });
  const required = (...names: string[]) =>
    names.map((name) => ({ fieldNames: [name], classification: 'RequiredError', message: 'Required' }));
  const message = (reply: Reply): unknown => [reply.status, (reply.json() as { message: string }).message];

  describe('hooks', () => {
    const config = { url: 'http://hooks.example.test/x', content_type: 'json', secret: 'hidden' };

    it('are created without their times and their secret', async () => {
      const { go } = await repository();
      const reply = await go('POST', 'hooks', {
        type: 'gogs',
        config,
        events: ['push', 'create'],
        active: true,
      });
      const { id } = reply.json() as Made;
      const hook = {
        id,
        type: 'gogs',
        config: { content_type: 'json', url: config.url },
        events: ['create', 'push'],
        active: true,
        updated_at: '0001-01-01T00:00:00Z',
        created_at: '0001-01-01T00:00:00Z',
      };
      expect([reply.status, reply.json()]).toEqual([201, hook]);
      const [listed] = (await go('GET', 'hooks')).json() as (Made & { created_at: string })[];
      expect(listed).toMatchObject({ id, config: hook.config, active: true });
      expect(listed?.created_at).not.toBe(hook.created_at);
    });

    it('do nothing but watch pushes, inactive, if nothing else is said', async () => {
      const { go } = await repository();
      const slack = { url: config.url, content_type: 'form', channel: 'c' };
      const reply = await go('POST', 'hooks', { type: 'slack', config: slack });
      expect(reply.json()).toMatchObject({
        type: 'slack',
        config: { ...slack, color: '', icon_url: '', username: '' },
        events: ['push'],
        active: false,
      });
    });

    it('lose their events in a change that names none', async () => {
      const { go } = await repository();
      const fresh = { type: 'gogs', config, events: ['create', 'release'] };
      const { id } = (await go('POST', 'hooks', fresh)).json() as Made;
      const reply = await go('PATCH', `hooks/${id}`, { active: true });
      expect([reply.status, reply.json()]).toMatchObject([200, { events: ['push'], active: true }]);
      const changed = await go('PATCH', `hooks/${id}`, {
        config: { url: 'http://y.test' },
        events: ['fork'],
      });
      expect(changed.json()).toMatchObject({
        config: { url: 'http://y.test' },
        events: ['fork'],
        active: true,
      });
    });

    it('are deleted, there or not', async () => {
      const { go } = await repository();
      const { id } = (await go('POST', 'hooks', { type: 'gogs', config })).json() as Made;
      for (let round = 0; round < 2; round++) expect((await go('DELETE', `hooks/${id}`)).status).toBe(204);
      expect((await go('GET', 'hooks')).text).toBe('[]');
      expect((await go('PATCH', `hooks/${id}`, {})).status).toBe(404);
    });

    it('are refused with what is missing', async () => {
      const { go } = await repository();
      const { url } = config;
      expect((await go('POST', 'hooks', {})).json()).toEqual(required('Type', 'Config'));
      expect(message(await go('POST', 'hooks', { type: 'nope', config }))).toEqual([
        422,
        'Invalid hook type.',
      ]);
      expect(message(await go('POST', 'hooks', { type: 'gogs', config: { url } }))).toEqual([
        422,
        'Missing config option: content_type',
      ]);
      const odd = { url, content_type: 'xml' };
      expect(message(await go('POST', 'hooks', { type: 'gogs', config: odd }))).toEqual([
        422,
        'Invalid content type.',
      ]);
    });

    it('are for admins', async () => {
      const { go, name } = await repository();
      await site().gogs.addCollaborator('ann', name, 'bob', 'write');
      expect((await go('GET', 'hooks', undefined, { token: site().tokens.bob })).status).toBe(403);
    });
  });

  describe('deploy keys', () => {
    it('are created, shown and deleted', async () => {
      const { go, name } = await repository();
      const reply = await go('POST', 'keys', { title: 'site', key: key('a') });
      expect(reply.status).toBe(201);
      const made = reply.json() as Made;
      expect(made).toMatchObject({
        key: key('a'),
        url: `${site().gogs.baseUrl}/api/v1/repos/ann/${name}/keys/${made.id}`,
        title: 'site',
        read_only: true,
      });
      expect((await go('GET', `keys/${made.id}`)).json()).toMatchObject({ title: 'site', key: key('a') });
      expect((await go('GET', 'keys')).json()).toMatchObject([{ id: made.id }]);
      expect((await go('DELETE', `keys/${made.id}`)).status).toBe(204);
      expect((await go('DELETE', `keys/${made.id}`)).status).toBe(404);
      expect((await go('GET', `keys/${made.id}`)).status).toBe(404);
    });

    it('fail for a key or a title that the repository has', async () => {
      const { go } = await repository();
      await go('POST', 'keys', { title: 'one', key: key('b') });
      for (const fresh of [
        { title: 'two', key: key('b') },
        { title: 'one', key: key('c') },
      ]) {
        const reply = await go('POST', 'keys', fresh);
        expect([reply.status, reply.json()]).toEqual([500, failureBody]);
      }
    });

    it('are refused for what is no key', async () => {
      const { go } = await repository();
      expect((await go('POST', 'keys', {})).json()).toEqual(required('Title', 'Key'));
      const reply = await go('POST', 'keys', { title: 'x', key: 'nonsense' });
      expect(reply.status).toBe(422);
      expect((reply.json() as { message: string }).message).toMatch(/^Invalid key content: /);
    });
  });

  describe('organisations', () => {
    it('belong to who made them, and all their details change at once', async () => {
      const fresh = { username: 'Crew', full_name: 'The Crew', description: 'all' };
      const made = await asAnn('POST', '/user/orgs', fresh);
      const { id } = made.json() as Made;
      const crew = {
        ...fresh,
        id,
        avatar_url: `${site().gogs.baseUrl}/avatars/${id}`,
        website: '',
        location: '',
      };
      expect([made.status, made.json()]).toEqual([201, crew]);
      expect((await asAnn('GET', '/orgs/crew')).json()).toEqual(crew);
      expect((await asAnn('GET', '/user/orgs')).json()).toContainEqual(crew);
      expect((await asAnn('GET', '/users/ann/orgs')).text).toBe('[]');
      const teams = (await asAnn('GET', '/orgs/crew/teams')).json() as Made[];
      expect(teams).toEqual([{ id: teams[0]?.id, name: 'Owners', description: '', permission: 'owner' }]);
      const changed = await asAnn('PATCH', '/orgs/crew', { website: 'http://crew.test' });
      expect(changed.json()).toEqual({
        ...crew,
        full_name: '',
        description: '',
        website: 'http://crew.test',
      });
      const byBob = { method: 'PATCH', token: site().tokens.bob, body: {} };
      expect((await site().api('/orgs/crew', byBob)).status).toBe(403);
    });

    it('own repositories', async () => {
      await asAnn('POST', '/user/orgs', { username: 'fleet' });
      const made = await asAnn('POST', '/org/fleet/repos', { name: 'ship', private: true });
      expect([made.status, made.json()]).toMatchObject([
        201,
        { full_name: 'fleet/ship', owner: { username: 'fleet' } },
      ]);
      expect((await asAnn('GET', '/orgs/fleet/repos')).json()).toMatchObject([{ full_name: 'fleet/ship' }]);
      expect((await asAnn('GET', '/repos/fleet/ship')).json()).toMatchObject({
        permissions: { admin: true },
      });
      expect((await site().api('/repos/fleet/ship', { token: site().tokens.bob })).status).toBe(404);
      expect((await asAnn('POST', '/org/fleet/repos', { name: 'ship' })).json()).toEqual(failureBody);
      expect((await asAnn('POST', '/org/nobody/repos', { name: 'ship' })).json()).toEqual(failureBody);
    });

    it('are refused for a name that is taken or is none', async () => {
      expect(message(await asAnn('POST', '/user/orgs', { username: 'ann' }))).toEqual([
        422,
        'user already exists: map[name:ann]',
      ]);
      expect(message(await asAnn('POST', '/user/orgs', { username: 'a b' }))).toEqual([
        422,
        'invalid org name: "a b"',
      ]);
      expect((await asAnn('POST', '/user/orgs', {})).json()).toEqual(required('UserName'));
      for (const path of [
        '/orgs/nobody',
        '/users/nobody/orgs',
        '/orgs/nobody/repos',
        '/users/nobody/repos',
      ]) {
        expect([path, (await asAnn('GET', path)).status]).toEqual([path, 404]);
      }
    });
  });

  describe('users', () => {
    it('are found by a part of their name', async () => {
      const found = await site().api('/users/search?q=ANN&limit=5');
      expect(found.json()).toMatchObject({ ok: true, data: [{ username: 'ann', email: '' }] });
      const signedIn = await asAnn('GET', '/users/search?q=ann');
      expect(signedIn.json()).toMatchObject({ data: [{ email: 'ann@example.test' }] });
      expect((await asAnn('GET', '/users/search')).json()).toEqual({ ok: true, data: [] });
    });

    it('have repositories, private ones for their own eyes', async () => {
      const names = async (token: string) =>
        ((await site().api('/users/ann/repos', { token })).json() as { full_name: string }[]).map(
          ({ full_name: name }) => name,
        );
      expect(await names(site().tokens.ann)).toEqual(expect.arrayContaining(['ann/Kit', 'ann/Open']));
      expect(await names(site().tokens.bob)).toContain('ann/Open');
      expect(await names(site().tokens.bob)).not.toContain('ann/Kit');
    });
  });

  describe('a migration', () => {
    it('copies a repository, and a mirror of it follows on demand', async () => {
      const { id: uid } = (await asAnn('GET', '/user')).json() as Made;
      await withStaticGit(async (url, commit) => {
        const first = await commit({ files: { a: '1' } });
        const body = { clone_addr: url, uid, repo_name: 'copy', mirror: true, private: true };
        const made = await asAnn('POST', '/repos/migrate', body);
        expect([made.status, made.json()]).toMatchObject([
          201,
          { full_name: 'ann/copy', mirror: true, private: true },
        ]);
        const tip = async () =>
          ((await asAnn('GET', '/repos/ann/copy/branches/main')).json() as { commit: Made }).commit.id;
        expect(await tip()).toBe(first);
        const second = await commit({ files: { a: '2' } });
        const sync = await asAnn('POST', '/repos/ann/copy/mirror-sync');
        expect([sync.status, sync.text]).toEqual([202, '']);
        await vi.waitUntil(async () => (await tip()) === (second as unknown), {
          timeout: 20_000,
          interval: 100,
        });
      });
    });

    it('is refused for no address, and only a mirror is synchronised', async () => {
      const { id: uid } = (await asAnn('GET', '/user')).json() as Made;
      expect(
        (await asAnn('POST', '/repos/migrate', { clone_addr: 'nowhere', uid, repo_name: 'x' })).status,
      ).toBe(422);
      expect((await asAnn('POST', '/repos/ann/kit/mirror-sync')).status).toBe(404);
    });
  });

  describe('releases', () => {
    it('are listed with drafts, and make their tag when they are published', async () => {
      const { go, name } = await repository();
      const { gogs } = site();
      await gogs.createRelease('ann', name, { tag: 'v1', title: 'One', body: 'first', prerelease: true });
      await gogs.createRelease('ann', name, { tag: 'v2', title: 'Two', draft: true });
      const list = (await go('GET', 'releases')).json();
      expect(list).toMatchObject([
        {
          tag_name: 'v1',
          target_commitish: 'main',
          name: 'One',
          body: 'first',
          draft: false,
          prerelease: true,
          author: { username: 'ann' },
        },
        { tag_name: 'v2', name: 'Two', body: '', draft: true, prerelease: false },
      ]);
      expect((await go('GET', 'tags')).json()).toMatchObject([{ name: 'v1' }]);
    });
  });

  describe('markdown', () => {
    it('becomes HTML without what is dangerous', async () => {
      const text = '# Hi **you**\n\nSome <script>alert(1)</script>text';
      const html = '<h1>Hi <strong>you</strong></h1>\n\n<p>Some text</p>\n';
      const reply = await site().api('/markdown', { method: 'POST', body: { text, context: '' } });
      expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([
        200,
        'text/html; charset=utf-8',
        html,
      ]);
      const headers = { 'Content-Type': 'text/plain' };
      const raw = await site().api('/markdown/raw', { method: 'POST', body: text, headers });
      expect([raw.status, raw.text]).toEqual([200, html]);
      expect((await site().api('/markdown', { method: 'POST', body: {} })).text).toBe('');
    });

    it('of a password is nobody’s business: it needs none', async () => {
      const reply = await ask(site().gogs.baseUrl, '/api/v1/markdown', {
        method: 'POST',
        body: { text: 'x' },
        headers: basic('ann', password),
      });
      expect(reply.text).toBe('<p>x</p>\n');
    });
  });
}
