import { buffer } from 'node:stream/consumers';
import { Agent, type Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { createGogsClient } from '../../src/index.ts';
import { errorOf } from '../helpers/errors.ts';
import { serve, serveBytes } from '../helpers/server.ts';

const commit = 'a'.repeat(40);

/** Never answers, or stops in the middle. */
const silent = (start = '') => serveBytes((socket) => socket.write(start));

describe('a deadline', () => {
  it.each([
    ['before the answer', ''],
    ['in its head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{'],
    ['in the body of a refusal', 'HTTP/1.1 500 No\r\nContent-Length: 10\r\n\r\n{'],
  ])('ends a call that hangs %s', async (_, start) => {
    const gogs = createGogsClient({ baseUrl: await silent(start), timeoutMs: 150 });
    const started = performance.now();
    expect(await errorOf(gogs.users.me())).toMatchObject({ code: 'GOGS_TIMEOUT', timeoutMs: 150 });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('may be set for one call', async () => {
    const gogs = createGogsClient({ baseUrl: await silent() });
    expect((await errorOf(gogs.users.me({ timeoutMs: 50 }))).code).toBe('GOGS_TIMEOUT');
  });

  it('holds for a dispatcher that never settles', async () => {
    class Deaf extends Agent {
      override request(): Promise<Dispatcher.ResponseData> {
        return new Promise(() => undefined);
      }
    }
    const dispatcher = new Deaf();
    const gogs = createGogsClient({
      baseUrl: 'http://a.test',
      dispatcher: dispatcher as Dispatcher,
      timeoutMs: 50,
    });
    expect((await errorOf(gogs.users.me())).code).toBe('GOGS_TIMEOUT');
    await dispatcher.close();
  });

  it('covers the waits between attempts', async () => {
    const server = await serve((_, response) => response.writeHead(503).end());
    const retry = { attempts: 1000, baseMs: 20, maxMs: 20 };
    const gogs = createGogsClient({ baseUrl: server.baseUrl, timeoutMs: 200, retry });
    const started = performance.now();
    await errorOf(gogs.users.me());
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('ends a stream that pauses while it is read', async () => {
    const gogs = createGogsClient({
      baseUrl: await silent('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345'),
      timeoutMs: 150,
    });
    const stream = await gogs.raw.stream('ann', 'kit', commit, 'x');
    expect((await errorOf(buffer(stream))).code).toBe('GOGS_TIMEOUT');
  });

  it('ends a stream that only trickles', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const gogs = createGogsClient({ baseUrl: server.baseUrl, streamTimeoutMs: 200 });
    const stream = await gogs.raw.stream('ann', 'kit', commit, 'x');
    expect((await errorOf(buffer(stream))).code).toBe('GOGS_TIMEOUT');
  });

  it('does not run for a stream that nobody reads yet', async () => {
    const bytes = Buffer.alloc(2_000_000, 'x');
    const server = await serve((_, response) => response.end(bytes));
    const gogs = createGogsClient({ baseUrl: server.baseUrl, timeoutMs: 100, streamTimeoutMs: 5_000 });
    const stream = await gogs.raw.stream('ann', 'kit', commit, 'x');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(bytes.equals(await buffer(stream))).toBe(true);
  });
});

describe('a signal', () => {
  it('ends a call, with its reason as the cause', async () => {
    const gogs = createGogsClient({ baseUrl: await silent() });
    const reason = new Error('changed my mind');
    const controller = new AbortController();
    const call = errorOf(gogs.users.me({ signal: controller.signal }));
    controller.abort(reason);
    expect(await call).toMatchObject({ code: 'GOGS_ABORTED', cause: reason });
  });

  it('ends every call of a client', async () => {
    const controller = new AbortController();
    const gogs = createGogsClient({ baseUrl: await silent(), signal: controller.signal });
    const calls = [errorOf(gogs.users.me()), errorOf(gogs.users.get('ann'))];
    controller.abort();
    for (const error of await Promise.all(calls)) expect(error.code).toBe('GOGS_ABORTED');
  });

  it('that was given before stops a call before it is sent', async () => {
    const server = await serve((_, response) => response.end());
    const gogs = createGogsClient({ baseUrl: server.baseUrl });
    expect((await errorOf(gogs.users.me({ signal: AbortSignal.abort() }))).code).toBe('GOGS_ABORTED');
    expect(server.requests).toHaveLength(0);
  });

  it('ends a wait between attempts', async () => {
    const server = await serve((_, response) => response.writeHead(503, { 'Retry-After': '20' }).end());
    const gogs = createGogsClient({ baseUrl: server.baseUrl });
    const started = performance.now();
    const error = await errorOf(gogs.users.me({ signal: AbortSignal.timeout(100) }));
    expect(error.code).toBe('GOGS_ABORTED');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('ends a stream', async () => {
    const controller = new AbortController();
    const start = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345';
    const gogs = createGogsClient({ baseUrl: await silent(start) });
    const stream = await gogs.raw.stream('ann', 'kit', commit, 'x', { signal: controller.signal });
    const read = errorOf(buffer(stream));
    controller.abort();
    expect((await read).code).toBe('GOGS_ABORTED');
  });
});
