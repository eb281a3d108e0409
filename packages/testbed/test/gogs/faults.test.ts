import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Reply } from './ask.ts';
import { longText, password } from './fixture.ts';
import { GogsStandIn } from '../../src/gogs/gogs-stand-in.ts';
import type { RequestRecord } from '../../src/gogs/gogs-server.ts';

const short = 'short body\n';

describe('faults of the stand-in', () => {
  let gogs: GogsStandIn;
  let token: string;

  beforeAll(async () => {
    gogs = await GogsStandIn.start();
    await gogs.createUser({ name: 'ann', password });
    token = await gogs.createToken('ann', password, 'faults');
    await gogs.createRepository({ owner: 'ann', name: 'kit' });
    await gogs.commitFiles('ann', 'kit', { files: { 'short.txt': short, 'long.txt': longText } });
  });

  afterEach(() => {
    gogs.faults.clear();
    gogs.clearRequests();
  });

  afterAll(async () => {
    await gogs.close();
  });

  const path = (file: string): string => `/api/v1/repos/ann/kit/raw/main/${file}`;
  const get = (file: string): Promise<Reply> => ask(gogs.baseUrl, path(file), { token });
  const lastRequest = (): RequestRecord | undefined => gogs.requests.at(-1);

  /** What arrives of an answer that does not come to a good end. */
  const receive = async (file: string, enough = Infinity) => {
    const { hostname, port } = new URL(gogs.baseUrl);
    const headers = { Authorization: `token ${token}` };
    const sent = httpRequest({ hostname, port, path: path(file), headers, agent: false });
    let error: unknown;
    const remember = (cause: unknown): void => {
      error ??= cause;
    };
    sent.on('error', remember);
    sent.end();
    const [message] = (await once(sent, 'response')) as [IncomingMessage];
    message.on('error', remember);
    const chunks: Buffer[] = [];
    let received = 0;
    message.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received >= enough) message.destroy();
    });
    await new Promise((resolve) => message.once('close', resolve));
    return { message, text: Buffer.concat(chunks).toString('utf8'), received, error };
  };

  it('refuses: the connection is reset before an answer', async () => {
    gogs.faults.next('short.txt', { kind: 'refuse' });
    await expect(get('short.txt')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(lastRequest()).toMatchObject({ fault: 'refuse', bodyBytes: 0 });
    expect(lastRequest()).not.toHaveProperty('status');
  });

  it('hangs: the request is taken and never answered', async () => {
    gogs.faults.next('short.txt', { kind: 'hang' });
    const signal = AbortSignal.timeout(150);
    await expect(ask(gogs.baseUrl, path('short.txt'), { token, signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(lastRequest()).toMatchObject({ fault: 'hang' });
  });

  it.each([
    ['short.txt', 4, short],
    ['short.txt', 0, short],
    ['long.txt', 5000, longText],
    ['long.txt', 0, longText],
  ])('cuts %s after %i bytes of its body', async (file, bytes, whole) => {
    gogs.faults.next(file, { kind: 'cutAfter', bytes });
    const { message, text, error } = await receive(file);
    expect(message.statusCode).toBe(200);
    expect(text).toBe(whole.slice(0, bytes));
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(lastRequest()?.bodyBytes).toBe(bytes);
    expect(lastRequest()).not.toHaveProperty('status');
  });

  it('changes one byte, to its inverse or to what is asked for', async () => {
    gogs.faults.next('short.txt', { kind: 'changeByte', at: 2 });
    expect((await get('short.txt')).body[2]).toBe(~'o'.charCodeAt(0) & 0xff);
    gogs.faults.next('short.txt', { kind: 'changeByte', at: 0, to: 0x53 });
    expect((await get('short.txt')).text).toBe('Short body\n');
  });

  it('never ends a body, as long as the client reads', async () => {
    gogs.faults.next('short.txt', { kind: 'endless' });
    const { text, received } = await receive('short.txt', 3_000_000);
    expect(text.startsWith(`${short}    `)).toBe(true);
    expect(received).toBeGreaterThanOrEqual(3_000_000);
    expect((await get('short.txt')).text).toBe(short);
  });

  it.each([500, 503, 429])('answers status %i with the body it is given', async (status) => {
    gogs.faults.next('short.txt', { kind: 'status', status, body: 'not now' });
    expect(await get('short.txt')).toMatchObject({ status, text: 'not now' });
  });

  it('redirects', async () => {
    gogs.faults.next('short.txt', { kind: 'redirect', to: 'http://192.0.2.1/elsewhere' });
    const reply = await get('short.txt');
    expect([reply.status, reply.headers.location]).toEqual([302, 'http://192.0.2.1/elsewhere']);
    gogs.faults.next('short.txt', { kind: 'redirect', to: '/x', status: 308 });
    expect((await get('short.txt')).status).toBe(308);
  });

  it('answers with a page where data was expected', async () => {
    gogs.faults.next('short.txt', { kind: 'html' });
    const reply = await get('short.txt');
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(reply.text).toMatch(/^<!DOCTYPE html>/);
  });

  it('answers without a body, or with another one', async () => {
    gogs.faults.next('short.txt', { kind: 'emptyBody' });
    const none = await get('short.txt');
    expect([none.status, none.text, none.headers['content-length']]).toEqual([200, '', '0']);
    gogs.faults.next('short.txt', { kind: 'body', body: 'swapped' });
    const swapped = await get('short.txt');
    expect([swapped.status, swapped.text]).toEqual([200, 'swapped']);
    expect(swapped.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  it('promises more bytes than it sends', async () => {
    gogs.faults.next('short.txt', { kind: 'wrongLength', difference: 5 });
    const { message, text, error } = await receive('short.txt');
    expect(message.headers['content-length']).toBe(String(short.length + 5));
    expect(text).toBe(short);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('sends more bytes than it promised', async () => {
    gogs.faults.next('short.txt', { kind: 'wrongLength', difference: -5 });
    const { message, text } = await receive('short.txt');
    expect(message.headers['content-length']).toBe(String(short.length - 5));
    expect(text).toBe(short.slice(0, -5));
    expect(lastRequest()?.bodyBytes).toBe(short.length);
  });

  it('is slow, and complete in the end', async () => {
    gogs.faults.next('long.txt', { kind: 'slow', bytesPerSecond: 40_000, delayMs: 50 });
    const started = performance.now();
    expect((await get('long.txt')).text).toBe(longText);
    expect(performance.now() - started).toBeGreaterThan(200);
    expect(lastRequest()).toMatchObject({ status: 200, bodyBytes: longText.length });
  });

  describe('meet', () => {
    const statuses = async (count: number, file = 'short.txt'): Promise<number[]> => {
      const found: number[] = [];
      while (found.length < count) found.push((await get(file)).status);
      return found;
    };
    const status = (code: number) => ({ kind: 'status', status: code }) as const;

    it('the next request that matches, once or so many times', async () => {
      gogs.faults.next('short.txt', status(500));
      expect(await statuses(1, 'long.txt')).toEqual([200]);
      expect(await statuses(2)).toEqual([500, 200]);
      gogs.faults.next('short.txt', status(502), 2);
      expect(await statuses(3)).toEqual([502, 502, 200]);
    });

    it('requests in the order they were ordered in', async () => {
      gogs.faults.next('short.txt', status(500));
      gogs.faults.next('short.txt', status(501));
      expect(await statuses(3)).toEqual([500, 501, 200]);
    });

    it('every request until they are cleared, behind those for the next', async () => {
      gogs.faults.always(/^GET .*short/, status(503));
      gogs.faults.next('short.txt', status(500));
      expect(await statuses(3)).toEqual([500, 503, 503]);
      gogs.faults.clear();
      expect(await statuses(1)).toEqual([200]);
    });

    it('requests chosen by method, path or any rule', async () => {
      gogs.faults.always(/^PUT /, status(507));
      gogs.faults.always(({ path: asked }) => asked.endsWith('long.txt'), status(508));
      expect(await statuses(1)).toEqual([200]);
      expect(await statuses(1, 'long.txt')).toEqual([508]);
    });
  });

  const put = (file: string) =>
    ask(gogs.baseUrl, `/api/v1/repos/ann/kit/contents/${file}`, {
      method: 'PUT',
      token,
      body: { message: 'Put', content: Buffer.from(file).toString('base64') },
    });

  it('leaves everything as it is where the request is answered with something else', async () => {
    gogs.faults.next('never', { kind: 'status', status: 500 });
    expect((await put('never')).status).toBe(500);
    expect((await get('never')).status).toBe(404);
  });

  it('does what was asked where only the answer is hurt', async () => {
    gogs.faults.next('cut', { kind: 'cutAfter', bytes: 10 });
    await expect(put('cut')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await get('cut')).text).toBe('cut');
  });
});
