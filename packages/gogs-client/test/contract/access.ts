import { describe, expect, it } from 'vitest';
import { errorOf } from '../helpers/errors.ts';
import { all, type Site } from './fixture.ts';

export function accessContract(site: () => Site): void {
  describe('access', () => {
    it('needs a token even for public repositories, and is told so', async () => {
      const error = await errorOf(site().anonymous.contents.get('ann', 'open', ''));
      expect(error).toMatchObject({ code: 'GOGS_UNAUTHORIZED', status: 401 });
      expect(error.message).toContain('even for public repositories');
      const byPassword = await errorOf(site().asPassword.contents.get('ann', 'open', ''));
      expect(byPassword).toMatchObject({ code: 'GOGS_UNAUTHORIZED' });
      const wrong = site().client({ token: 'b'.repeat(40) });
      expect((await errorOf(wrong.users.me())).message).toContain('does not know this token');
    });

    it('without a token is possible where Gogs allows it', async () => {
      const { anonymous } = site();
      expect(await anonymous.repositories.get('ann', 'open')).toMatchObject({ full_name: 'ann/Open' });
      expect(await anonymous.releases.list('ann', 'open')).toEqual([]);
      expect((await all(anonymous.repositories.search('Open'))).map(({ name }) => name)).toContain('Open');
      expect(await anonymous.users.get('ann')).toMatchObject({ username: 'ann', email: '' });
      expect(await anonymous.organizations.ofUser('ann')).toEqual([]);
    });

    it('to a private repository is denied by not finding it', async () => {
      const { anonymous, asBob } = site();
      for (const gogs of [anonymous, asBob]) {
        expect(await errorOf(gogs.repositories.get('ann', 'kit'))).toMatchObject({
          code: 'GOGS_NOT_FOUND',
          reason: 'absent',
        });
      }
      expect(await errorOf(asBob.snapshot('ann', 'kit', 'main'))).toMatchObject({ code: 'GOGS_NOT_FOUND' });
    });

    it('to read is not access to write', async () => {
      const { asBob } = site();
      const file = { message: 'No', content: 'x' };
      expect(await errorOf(asBob.contents.putFile('ann', 'open', 'x', file))).toMatchObject({
        code: 'GOGS_FORBIDDEN',
        status: 403,
      });
      expect((await errorOf(asBob.repositories.delete('ann', 'open'))).code).toBe('GOGS_FORBIDDEN');
      expect((await errorOf(asBob.hooks.list('ann', 'open'))).code).toBe('GOGS_FORBIDDEN');
    });

    it('goes by any case of the names', async () => {
      const { gogs } = site();
      expect((await gogs.contents.getFile('ANN', 'kIT', 'src/main.py')).content.toString()).toBe(
        'print(1)\n',
      );
      expect(await gogs.repositories.get('Ann', 'KIT')).toMatchObject({ full_name: 'ann/Kit' });
    });

    it('to a route that Gogs has not is told from a thing that is not there', async () => {
      const { server, tokens } = site();
      const elsewhere = site().client({ baseUrl: `${server.baseUrl}/api/v1`, token: tokens.ann });
      expect(await errorOf(elsewhere.users.me())).toMatchObject({
        code: 'GOGS_NOT_FOUND',
        reason: 'no-route',
      });
    });
  });

  describe('access tokens', () => {
    it('are created and listed by password, each name once', async () => {
      const { asPassword, client } = site();
      const made = await asPassword.accessTokens.create('made by a test');
      expect(made.name).toBe('made by a test');
      expect(await client({ token: made.sha1 }).users.me()).toMatchObject({ username: 'ann' });
      expect(await asPassword.accessTokens.list()).toContain('made by a test');
      const again = await errorOf(asPassword.accessTokens.create('made by a test'));
      expect(again).toMatchObject({ code: 'GOGS_CONFLICT', status: 422 });
    });

    it('need the right password', async () => {
      const wrong = site().client({ basic: { username: 'ann', password: 'wrong' } });
      expect((await errorOf(wrong.accessTokens.list())).code).toBe('GOGS_UNAUTHORIZED');
      await expect(async () => site().gogs.accessTokens.list()).rejects.toMatchObject({
        code: 'GOGS_ARGUMENT',
      });
    });

    it('need a name', async () => {
      expect(await errorOf(site().asPassword.accessTokens.create(''))).toMatchObject({
        code: 'GOGS_VALIDATION',
        fields: [{ field: 'Name', rule: 'RequiredError' }],
      });
    });
  });

  describe('users', () => {
    it('are shown and found', async () => {
      const { gogs } = site();
      expect(await gogs.users.me()).toMatchObject({ username: 'ann', email: 'ann@example.test' });
      expect(await gogs.users.get('BOB')).toMatchObject({ username: 'bob' });
      expect((await errorOf(gogs.users.get('nobody'))).code).toBe('GOGS_NOT_FOUND');
      expect((await gogs.users.search('bo', { limit: 3 })).map(({ username }) => username)).toContain('bob');
    });
  });
}
