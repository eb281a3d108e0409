import { describe, expect, it, vi } from 'vitest';
import { errorOf, errorsOf } from '../helpers/errors.ts';
import { withStaticGit } from '../helpers/static-git.ts';
import { all, type Site } from './fixture.ts';

const key = (letter: string): string => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(43)} test`;

export function administrationContract(site: () => Site): void {
  describe('repositories', () => {
    it('are created, with a README if wished, and deleted', async () => {
      const { gogs } = site();
      const made = await gogs.repositories.create({
        name: 'Born',
        private: true,
        auto_init: true,
        description: 'd',
      });
      expect(made).toMatchObject({ full_name: 'ann/Born', private: true, description: 'd' });
      expect(await gogs.repositories.get('ann', 'born')).toMatchObject({
        empty: false,
        default_branch: 'main',
      });
      const readme = await gogs.raw.get('ann', 'born', 'main', 'README.md');
      expect(readme.toString()).toMatch(/^# Born\n/);
      await gogs.repositories.delete('ann', 'born');
      expect((await errorOf(gogs.repositories.delete('ann', 'born'))).code).toBe('GOGS_NOT_FOUND');
    });

    it('of a name that is taken are a conflict, though Gogs fails on that', async () => {
      const { gogs } = site();
      const error = await errorOf(gogs.repositories.create({ name: 'KIT' }));
      expect(error).toMatchObject({ code: 'GOGS_CONFLICT', status: 500 });
      expect(await errorOf(gogs.repositories.create({ name: 'a b' }))).toMatchObject({
        code: 'GOGS_VALIDATION',
        fields: [{ field: 'Name', rule: 'AlphaDashDotError' }],
      });
      expect((await errorOf(gogs.repositories.create({ name: 'x.git' }))).code).toBe('GOGS_VALIDATION');
    });

    it('are listed by owner and by who may see them', async () => {
      const { gogs, asBob } = site();
      const names = (repositories: readonly { full_name: string }[]) =>
        repositories.map((each) => each.full_name);
      expect(names(await gogs.repositories.mine())).toEqual(expect.arrayContaining(['ann/Kit', 'ann/Open']));
      expect(names(await asBob.repositories.ofUser('ann'))).toContain('ann/Open');
      expect(names(await asBob.repositories.ofUser('ann'))).not.toContain('ann/Kit');
      expect((await errorOf(gogs.repositories.ofUser('nobody'))).code).toBe('GOGS_NOT_FOUND');
    });

    it('are found page by page, in the background', async () => {
      const { gogs, server } = site();
      for (const letter of ['a', 'b', 'c']) {
        await server.createRepository({ owner: 'bob', name: `findme-${letter}` });
      }
      const found = await all(gogs.repositories.search('findme', { pageSize: 2 }));
      expect(found.map(({ name }) => name).sort()).toEqual(['findme-a', 'findme-b', 'findme-c']);
      const { id: uid } = await gogs.users.me();
      expect(await all(gogs.repositories.search('findme', { uid, pageSize: 1 }))).toEqual([]);
      expect(await all(gogs.repositories.search('kit', { uid }))).toMatchObject([{ full_name: 'ann/Kit' }]);
    });

    it('are copied from elsewhere, and a mirror is fetched again', async () => {
      const { gogs } = site();
      const { id: uid } = await gogs.users.me();
      await withStaticGit(async (url, commit) => {
        const first = await commit('one');
        const made = await gogs.repositories.migrate({
          clone_addr: url,
          uid,
          repo_name: 'mirrored',
          mirror: true,
        });
        expect(made).toMatchObject({ full_name: 'ann/mirrored', mirror: true });
        expect(await gogs.commits.resolve('ann', 'mirrored', 'main')).toBe(first);
        const second = await commit('two');
        await gogs.repositories.mirrorSync('ann', 'mirrored');
        await vi.waitUntil(async () => (await gogs.commits.resolve('ann', 'mirrored', 'main')) === second, {
          timeout: 20_000,
          interval: 100,
        });
      });
      expect((await errorOf(gogs.repositories.mirrorSync('ann', 'kit'))).code).toBe('GOGS_NOT_FOUND');
      const nowhere = gogs.repositories.migrate({ clone_addr: 'nowhere', uid, repo_name: 'x' });
      expect((await errorOf(nowhere)).code).toBe('GOGS_VALIDATION');
    });
  });

  describe('releases', () => {
    it('are listed', async () => {
      const { gogs, server, fresh } = site();
      const repo = await fresh();
      await server.createRelease('ann', repo, { tag: 'v1', title: 'One', body: 'first', prerelease: true });
      expect(await gogs.releases.list('ann', repo)).toMatchObject([
        {
          tag_name: 'v1',
          name: 'One',
          body: 'first',
          draft: false,
          prerelease: true,
          author: { username: 'ann' },
        },
      ]);
    });
  });

  describe('hooks', () => {
    it('are created active, changed and deleted', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const config = { url: 'http://hooks.example.test/x', content_type: 'json', secret: 'hidden' } as const;
      const made = await gogs.hooks.create('ann', repo, { type: 'gogs', config, events: ['push', 'create'] });
      expect(made).toMatchObject({ type: 'gogs', events: ['create', 'push'], active: true });
      expect(made.config).toEqual({ url: config.url, content_type: 'json' });
      const changed = await gogs.hooks.edit('ann', repo, made.id, { events: ['release'], active: false });
      expect(changed).toMatchObject({ id: made.id, events: ['release'], active: false });
      expect(await gogs.hooks.list('ann', repo)).toMatchObject([
        { id: made.id, config: { url: config.url } },
      ]);
      await gogs.hooks.delete('ann', repo, made.id);
      expect(await gogs.hooks.list('ann', repo)).toEqual([]);
      expect((await errorOf(gogs.hooks.edit('ann', repo, made.id, {}))).code).toBe('GOGS_NOT_FOUND');
      const bad = await errorOf(gogs.hooks.create('ann', repo, { type: 'slack', config }));
      expect(bad).toMatchObject({ code: 'GOGS_VALIDATION', gogsMessage: 'Missing config option: channel' });
    });
  });

  describe('collaborators', () => {
    it('are added, asked for, listed and removed', async () => {
      const { gogs, asBob, fresh } = site();
      const repo = await fresh();
      const { collaborators } = gogs;
      expect(await collaborators.has('ann', repo, 'bob')).toBe(false);
      await collaborators.add('ann', repo, 'bob', { permission: 'read' });
      expect(await collaborators.has('ann', repo, 'bob')).toBe(true);
      expect(await asBob.repositories.get('ann', repo)).toMatchObject({ permissions: { push: false } });
      await collaborators.add('ann', repo, 'bob', { permission: 'admin' });
      expect(await collaborators.list('ann', repo)).toMatchObject([
        { username: 'bob', permissions: { admin: true, push: true, pull: true } },
      ]);
      await collaborators.remove('ann', repo, 'bob');
      expect(await collaborators.list('ann', repo)).toEqual([]);
    });

    it('that are nobody are refused, and so are repositories that are not there', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const calls = [
        gogs.collaborators.has('ann', repo, 'nobody'),
        gogs.collaborators.add('ann', repo, 'nobody'),
        gogs.collaborators.remove('ann', repo, 'nobody'),
      ];
      for (const error of await errorsOf(calls)) {
        expect(error.code).toBe('GOGS_VALIDATION');
        expect(error.message).toContain('no user "nobody"');
      }
      expect((await errorOf(gogs.collaborators.has('ann', 'nope', 'bob'))).code).toBe('GOGS_NOT_FOUND');
    });
  });

  describe('deploy keys', () => {
    it('are created, read and deleted', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const made = await gogs.deployKeys.create('ann', repo, { title: 'site', key: key('x') });
      expect(made).toMatchObject({ title: 'site', key: key('x'), read_only: true });
      expect(await gogs.deployKeys.get('ann', repo, made.id)).toMatchObject({ title: 'site' });
      expect(await gogs.deployKeys.list('ann', repo)).toMatchObject([{ id: made.id }]);
      for (const fresher of [
        { title: 'site', key: key('y') },
        { title: 'other', key: key('x') },
      ]) {
        expect((await errorOf(gogs.deployKeys.create('ann', repo, fresher))).code).toBe('GOGS_CONFLICT');
      }
      await gogs.deployKeys.delete('ann', repo, made.id);
      expect((await errorOf(gogs.deployKeys.get('ann', repo, made.id))).code).toBe('GOGS_NOT_FOUND');
      const bad = gogs.deployKeys.create('ann', repo, { title: 'bad', key: 'nonsense' });
      expect((await errorOf(bad)).code).toBe('GOGS_VALIDATION');
    });
  });

  describe('organisations', () => {
    it('are created, read, changed, and own repositories', async () => {
      const { gogs } = site();
      const crew = await gogs.organizations.create('crew', { full_name: 'The Crew' });
      expect(crew).toMatchObject({ username: 'crew', full_name: 'The Crew', location: '' });
      expect(await gogs.organizations.get('CREW')).toEqual(crew);
      expect(await gogs.organizations.mine()).toContainEqual(crew);
      expect(await gogs.organizations.ofUser('ann')).toEqual([]);
      const changed = await gogs.organizations.edit('crew', { location: 'Sea' });
      expect(changed).toMatchObject({ full_name: '', location: 'Sea' });
      expect(await gogs.organizations.teams('crew')).toMatchObject([{ name: 'Owners', permission: 'owner' }]);
      const ship = await gogs.repositories.createInOrganization('crew', { name: 'ship' });
      expect(ship).toMatchObject({ full_name: 'crew/ship' });
      expect(await gogs.repositories.ofOrganization('crew')).toMatchObject([{ full_name: 'crew/ship' }]);
      const again = await errorOf(gogs.repositories.createInOrganization('crew', { name: 'ship' }));
      expect(again.code).toBe('GOGS_CONFLICT');
    });

    it('that are absent are not found, and names are taken once', async () => {
      const { gogs } = site();
      expect((await errorOf(gogs.organizations.get('nobody'))).code).toBe('GOGS_NOT_FOUND');
      const nowhere = gogs.repositories.createInOrganization('nobody', { name: 'ship' });
      expect((await errorOf(nowhere)).code).toBe('GOGS_NOT_FOUND');
      expect((await errorOf(gogs.organizations.create('bob'))).code).toBe('GOGS_CONFLICT');
      expect((await errorOf(gogs.organizations.create('a b'))).code).toBe('GOGS_VALIDATION');
    });
  });

  describe('markdown', () => {
    it('becomes HTML', async () => {
      const { anonymous } = site();
      const html = '<h1>Hi <strong>you</strong></h1>\n';
      expect(await anonymous.markdown.render('# Hi **you**', { context: '' })).toBe(html);
      expect(await anonymous.markdown.renderRaw('# Hi **you**')).toBe(html);
      expect(await anonymous.markdown.render('')).toBe('');
    });
  });
}
