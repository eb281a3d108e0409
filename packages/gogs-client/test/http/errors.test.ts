import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createGogsClient } from '../../src/index.ts';
import { errorOf, errorsOf } from '../helpers/errors.ts';
import { serve, serveBytes, serveJson } from '../helpers/server.ts';

const token = 'c0ffee'.repeat(6);
const html = '<!DOCTYPE html><html><body>Please sign in</body></html>';

async function clientOf(status: number, body: string, headers: Record<string, string> = {}) {
  const server = await serve((_, response) => response.writeHead(status, headers).end(body));
  return createGogsClient({ baseUrl: server.baseUrl, token, retry: false });
}

describe('an answer without success', () => {
  const message = JSON.stringify({ message: 'because', url: 'https://github.com/gogs/docs-api' });
  it.each([
    [401, '', { code: 'GOGS_UNAUTHORIZED' }],
    [403, message, { code: 'GOGS_FORBIDDEN', gogsMessage: 'because' }],
    [404, '', { code: 'GOGS_NOT_FOUND', reason: 'absent' }],
    [404, html, { code: 'GOGS_NOT_FOUND', reason: 'no-route' }],
    [404, message, { code: 'GOGS_NOT_FOUND', reason: 'absent' }],
    [409, '', { code: 'GOGS_CONFLICT' }],
    [422, '{"message":"access token already exists: x"}', { code: 'GOGS_CONFLICT' }],
    [422, '{"message":"Key title has been used"}', { code: 'GOGS_CONFLICT' }],
    [422, message, { code: 'GOGS_VALIDATION', gogsMessage: 'because', fields: [] }],
    [429, '', { code: 'GOGS_SERVER' }],
    [500, message, { code: 'GOGS_SERVER', gogsMessage: 'because' }],
    [500, '{"ok":false,"error":"search failed"}', { code: 'GOGS_SERVER', gogsMessage: 'search failed' }],
    [502, html, { code: 'GOGS_SERVER' }],
    [418, '', { code: 'GOGS_NOT_GOGS' }],
    [302, '', { code: 'GOGS_NOT_GOGS' }],
    [200, html, { code: 'GOGS_NOT_GOGS' }],
    [200, '', { code: 'GOGS_NOT_GOGS' }],
    [204, '', { code: 'GOGS_NOT_GOGS' }],
    [200, '{"id":1}', { code: 'GOGS_NOT_GOGS' }],
    [200, 'null', { code: 'GOGS_NOT_GOGS' }],
  ])('of status %i with "%s" is a case of its own', async (status, body, expected) => {
    const error = await errorOf((await clientOf(status, body)).users.me());
    expect(error).toMatchObject({ ...expected, status, method: 'GET' });
    expect(error.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1\/user$/);
    expect(error.message.startsWith(`GET ${String(error.url)}: `)).toBe(true);
  });

  it('names the fields that Gogs did not take', async () => {
    const problem = { fieldNames: ['Content'], classification: 'RequiredError', message: 'Required' };
    const gogs = await clientOf(
      422,
      JSON.stringify([problem, { classification: 'Odd', message: 'no field' }]),
    );
    const error = await errorOf(gogs.users.me());
    expect(error).toMatchObject({
      fields: [
        { field: 'Content', rule: 'RequiredError', message: 'Required' },
        { field: '', rule: 'Odd', message: 'no field' },
      ],
    });
    expect(error.message).toContain('Content (RequiredError)');
  });

  it('says since which version Gogs has the endpoint, where it does not know it', async () => {
    const error = await errorOf((await clientOf(404, html)).tags.list('ann', 'kit'));
    expect(error.message).toContain('since v0.13.0');
  });

  it('is not waited for when it has no end', async () => {
    const server = await serve((_, response) => {
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'.repeat(16_384)), 1);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const gogs = createGogsClient({ baseUrl: server.baseUrl, retry: false, timeoutMs: 10_000 });
    expect((await errorOf(gogs.users.me())).code).toBe('GOGS_SERVER');
  });
});

describe('an answer that is not Gogs’', () => {
  it('says which part of it is missing', async () => {
    const { baseUrl } = await serveJson({ id: 1, username: 7 });
    const error = await errorOf(createGogsClient({ baseUrl }).users.get('ann'));
    expect(error.message).toContain('username');
  });

  it('says where a redirect leads, and does not go there', async () => {
    const other = await serveJson({});
    const gogs = await clientOf(301, '', { Location: `${other.baseUrl}/login` });
    expect((await errorOf(gogs.users.me())).message).toContain(`${other.baseUrl}/login`);
    expect(other.requests).toHaveLength(0);
  });

  it('may be no HTTP at all', async () => {
    const baseUrl = await serveBytes((socket) => socket.end('220 mail.example.test ESMTP\r\n'));
    expect((await errorOf(createGogsClient({ baseUrl, retry: false }).users.me())).code).toBe(
      'GOGS_NOT_GOGS',
    );
  });

  it('is refused when it is compressed', async () => {
    const gogs = await clientOf(200, 'x', { 'Content-Encoding': 'gzip' });
    expect((await errorOf(gogs.users.me())).code).toBe('GOGS_NOT_GOGS');
  });

  it('is not read beyond the limit, with a length or without', async () => {
    const server = await serve((request, response) => {
      if (request.url?.endsWith('/user')) response.setHeader('Content-Length', 2000);
      response.write(' '.repeat(1000));
      response.end(' '.repeat(1000));
    });
    const gogs = createGogsClient({ baseUrl: server.baseUrl, maxAnswerBytes: 1500 });
    for (const error of await errorsOf([gogs.users.me(), gogs.users.get('ann')])) {
      expect(error).toMatchObject({ code: 'GOGS_TOO_LARGE', limit: 1500 });
    }
  });
});

describe('a connection that fails', () => {
  it('is told with the system’s code', async () => {
    const gogs = createGogsClient({ baseUrl: 'http://127.0.0.1:1', token, retry: false });
    expect(await errorOf(gogs.users.me())).toMatchObject({
      code: 'GOGS_NETWORK',
      networkCode: 'ECONNREFUSED',
    });
  });

  it('is told when it breaks in the middle of an answer', async () => {
    const baseUrl = await serveBytes((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":');
    });
    const error = await errorOf(createGogsClient({ baseUrl, retry: false }).users.me());
    expect(error.code).toBe('GOGS_NETWORK');
  });
});

describe('secrets', () => {
  it('are not shown when a server echoes them', async () => {
    const echo = `you said ${token}`;
    const answers = [
      [401, JSON.stringify({ message: echo })],
      [422, JSON.stringify([{ fieldNames: [echo], classification: echo, message: echo }])],
      [500, JSON.stringify({ error: echo })],
      [200, echo],
      [302, '', { Location: `/login?token=${token}` }],
      [200, JSON.stringify({ [token]: 1 })],
    ] as const;
    for (const [status, body, headers] of answers) {
      const error = await errorOf((await clientOf(status, body, headers)).users.me());
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(token);
    }
  });

  it('are not shown when the echo is no HTTP', async () => {
    const baseUrl = await serveBytes((socket, request) => socket.end(request));
    const error = await errorOf(createGogsClient({ baseUrl, token, retry: false }).users.me());
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(token);
  });
});
