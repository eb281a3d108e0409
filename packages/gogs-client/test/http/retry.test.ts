import type { ServerResponse } from 'node:http';
import { Agent } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { createGogsClient } from '../../src/index.ts';
import { waitBefore } from '../../src/http/retry.ts';
import { GogsServerError } from '../../src/errors.ts';
import { errorOf } from '../helpers/errors.ts';
import { serve } from '../helpers/server.ts';

const me = { id: 1, username: 'ann', full_name: '', email: '', avatar_url: '' };
const retry = { baseMs: 1, maxMs: 2 };

/** Fails so many times in one way, then answers well. */
async function failing(times: number, fail: (response: ServerResponse) => void) {
  const server = await serve((_, response) => {
    if (server.requests.length <= times) fail(response);
    else response.end(JSON.stringify(me));
  });
  return server;
}

describe('a failure that may pass', () => {
  it.each([
    ['status 502', (response: ServerResponse) => response.writeHead(502).end()],
    ['status 503', (response: ServerResponse) => response.writeHead(503).end()],
    ['status 429', (response: ServerResponse) => response.writeHead(429).end()],
    ['a reset', (response: ServerResponse) => response.destroy()],
    [
      'a body that is cut',
      (response: ServerResponse) => {
        response.writeHead(200, { 'Content-Length': 100 }).write('{');
        response.destroy();
      },
    ],
  ])('as %s is met with another attempt', async (_, fail) => {
    const server = await failing(2, fail);
    await expect(createGogsClient({ baseUrl: server.baseUrl, retry }).users.me()).resolves.toEqual(me);
    expect(server.requests).toHaveLength(3);
  });

  it('is told when no attempt is left', async () => {
    const server = await failing(99, (response) => response.writeHead(503).end());
    const gogs = createGogsClient({ baseUrl: server.baseUrl, retry: { ...retry, attempts: 4 } });
    expect(await errorOf(gogs.users.me())).toMatchObject({ code: 'GOGS_SERVER', status: 503 });
    expect(server.requests).toHaveLength(4);
  });

  it('is told at once when retries are off', async () => {
    const server = await failing(99, (response) => response.writeHead(503).end());
    await errorOf(createGogsClient({ baseUrl: server.baseUrl, retry: false }).users.me());
    expect(server.requests).toHaveLength(1);
  });

  it('is not repeated where that could do a thing twice', async () => {
    for (const fail of [
      (response: ServerResponse) => response.writeHead(503).end(),
      (response: ServerResponse) => response.destroy(),
    ]) {
      const server = await failing(99, fail);
      const gogs = createGogsClient({ baseUrl: server.baseUrl, retry });
      await errorOf(gogs.issues.create('ann', 'kit', { title: 'Once' }));
      await errorOf(gogs.repositories.delete('ann', 'kit'));
      expect(server.requests).toHaveLength(2);
    }
  });

  it('is repeated whatever it does where nothing was sent', async () => {
    const attempts: string[] = [];
    class Refusing extends Agent {
      override request(options: { method?: string }): never {
        attempts.push(options.method ?? '');
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      }
    }
    const dispatcher = new Refusing();
    const gogs = createGogsClient({
      baseUrl: 'http://a.test',
      retry,
      dispatcher: dispatcher,
    });
    expect((await errorOf(gogs.repositories.delete('ann', 'kit'))).code).toBe('GOGS_NETWORK');
    expect(attempts).toEqual(['DELETE', 'DELETE', 'DELETE']);
    await dispatcher.close();
  });

  it('is not a 500 or a 404: those come again', async () => {
    for (const status of [500, 404]) {
      const server = await failing(99, (response) => response.writeHead(status).end());
      await errorOf(createGogsClient({ baseUrl: server.baseUrl, retry }).users.me());
      expect(server.requests).toHaveLength(1);
    }
  });
});

describe('the wait before another attempt', () => {
  const policy = { attempts: 10, baseMs: 100, maxMs: 1_000 };

  it('is anything up to a bound that doubles and ends', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const waits = [1, 2, 3, 4, 5, 6].map((attempt) => waitBefore(attempt, undefined, policy, 60_000));
    expect(waits).toEqual([50, 100, 200, 400, 500, 500]);
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect(waitBefore(6, undefined, policy, 60_000)).toBe(0);
  });

  it('is what the server asked for, if that is longer and fits the deadline', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const asked = (ms: number) => new GogsServerError('busy', ms);
    expect(waitBefore(1, asked(7_000), policy, 60_000)).toBe(7_000);
    expect(waitBefore(1, asked(10), policy, 60_000)).toBe(50);
    expect(waitBefore(1, asked(70_000), policy, 60_000)).toBeUndefined();
  });

  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 1_900).toUTCString()],
  ])('is read from Retry-After as %s', async (_, header) => {
    const server = await failing(1, (response) => response.writeHead(503, { 'Retry-After': header() }).end());
    const started = performance.now();
    await createGogsClient({ baseUrl: server.baseUrl, retry }).users.me();
    expect(performance.now() - started).toBeGreaterThan(800);
  });
});
