import { inspect } from 'node:util';
import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import { createGogsClient } from '../../src/index.ts';
import { serve, serveJson } from '../helpers/server.ts';

const me = { id: 1, username: 'ann', full_name: '', email: 'ann@example.test', avatar_url: '' };
const token = 'f'.repeat(40);

describe('createGogsClient', () => {
  it('sends the token as Gogs wants it, the name of the agent, and nothing in the URL', async () => {
    const server = await serveJson(me);
    const gogs = createGogsClient({ baseUrl: server.baseUrl, token, userAgent: 'tests/1' });
    await expect(gogs.users.me()).resolves.toEqual(me);
    const [request] = server.requests;
    expect(request?.headers).toMatchObject({ authorization: `token ${token}`, 'user-agent': 'tests/1' });
    expect(request?.url).toBe('/api/v1/user');
  });

  it('sends name and password where those are given', async () => {
    const server = await serveJson([{ name: 'one', sha1: 'x' }]);
    const gogs = createGogsClient({ baseUrl: server.baseUrl, basic: { username: 'ann', password: 'pä:ss' } });
    await expect(gogs.accessTokens.list()).resolves.toEqual(['one']);
    const expected = `Basic ${Buffer.from('ann:pä:ss').toString('base64')}`;
    expect(server.requests[0]?.headers.authorization).toBe(expected);
  });

  it.each(['/gogs', '/gogs/', '/deep/er//'])('keeps the sub-path %s', async (path) => {
    const server = await serveJson(me);
    const gogs = createGogsClient({ baseUrl: `${server.baseUrl}${path}` });
    await gogs.users.get('ann');
    expect(server.requests[0]?.url).toBe(`${path.replace(/\/+$/, '')}/api/v1/users/ann`);
  });

  it('reaches an IPv6 address', async () => {
    const server = await serve((_, response) => response.end(JSON.stringify(me)), '::1');
    const gogs = createGogsClient({ baseUrl: `${server.baseUrl}/` });
    await expect(gogs.users.get('ann')).resolves.toEqual(me);
    expect(server.requests[0]?.headers.host).toMatch(/^\[::1\]:\d+$/);
  });

  it('uses the dispatcher it is given', async () => {
    const dispatcher = new MockAgent();
    dispatcher.disableNetConnect();
    dispatcher.get('http://git.example.test').intercept({ path: '/api/v1/user' }).reply(200, me);
    const gogs = createGogsClient({ baseUrl: 'http://git.example.test', token, dispatcher });
    await expect(gogs.users.me()).resolves.toEqual(me);
    await dispatcher.close();
  });

  it('refuses options that cannot work, without showing secrets', () => {
    const base = { baseUrl: 'http://git.example.test' };
    const cases = [
      [{ baseUrl: 'git.example.test' }, 'baseUrl'],
      [{ baseUrl: 'ftp://git.example.test' }, 'baseUrl'],
      [{ baseUrl: 'http://ann:hidden@git.example.test' }, 'baseUrl'],
      [{ baseUrl: 'http://git.example.test/?token=hidden' }, 'baseUrl'],
      [{ ...base, token: 'hidden\r\nX: y' }, 'token'],
      [{ ...base, token: 'hidden', basic: { username: 'ann', password: 'hidden' } }, 'token'],
      [{ ...base, basic: { username: 'a:b', password: 'hidden' } }, 'basic.username'],
      [{ ...base, userAgent: 'a\nb' }, 'userAgent'],
      [{ ...base, timeoutMs: 0 }, 'timeoutMs'],
      [{ ...base, timeoutMs: Number.NaN }, 'timeoutMs'],
      [{ ...base, retry: { attempts: -1 } }, 'retry.attempts'],
    ] as const;
    for (const [options, argument] of cases) {
      let thrown: unknown;
      try {
        createGogsClient(options);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: 'GOGS_ARGUMENT', argument });
      expect(inspect(thrown)).not.toContain('hidden');
    }
  });

  it('shows no secret when it is inspected', () => {
    const password = 'not-for-eyes';
    const basic = createGogsClient({ baseUrl: 'http://a.test', basic: { username: 'ann', password } });
    const byToken = createGogsClient({ baseUrl: 'http://a.test', token });
    const shown = inspect([basic, byToken], { depth: Infinity, showHidden: true, getters: true });
    expect(shown).not.toContain(token);
    expect(shown).not.toContain(password);
    expect(shown).not.toContain(Buffer.from(`ann:${password}`).toString('base64'));
    expect(JSON.stringify([basic, byToken])).not.toMatch(/not-for-eyes|ffff/);
  });
});
