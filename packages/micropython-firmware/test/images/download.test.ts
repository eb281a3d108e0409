import { createServer as createSecureServer } from 'node:https';
import { createServer, type RequestListener, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makeCertificates } from '@ota/testbed';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download as slowly, type DownloadOptions } from '../../src/images/download.ts';
import { serve } from './helpers.ts';

const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
const failed = expect.objectContaining({ code: 'IMAGE_DOWNLOAD' }) as Error;

/** Answers request by request as told; the last answer is given again and again. */
async function serveInTurn(...answers: RequestListener[]) {
  const seen: IncomingMessage[] = [];
  const address = await serve((request, response) => {
    seen.push(request);
    answers[Math.min(seen.length, answers.length) - 1]?.(request, response);
  });
  return { address, seen };
}

type Answer = RequestListener;

const download = (url: string, options: DownloadOptions = {}) => slowly(url, { pauseMs: 1, ...options });

/** The connection breaks after 50,000 bytes. */
const breaks =
  (headers: Record<string, string> = { etag: '"one"' }): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers });
    response.write(bytes.subarray(0, 50_000), () => setImmediate(() => response.destroy()));
  };
const whole: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': bytes.length, etag: '"one"' }).end(bytes);
};
const status =
  (code: number): Answer =>
  (_, response) => {
    response.writeHead(code).end('no');
  };
const rest: Answer = ({ headers }, response) => {
  const start = Number(/\d+/.exec(headers.range ?? '')?.[0]);
  response.writeHead(206, {
    'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
    'content-length': bytes.length - start,
  });
  response.end(bytes.subarray(start));
};

describe('a download whose connection breaks', () => {
  it('goes on where it was, if the file is still the same', async () => {
    const { address, seen } = await serveInTurn(breaks(), rest);
    const progress: { done: number; total: number | undefined }[] = [];
    expect(await download(address, { onProgress: (step) => progress.push(step) })).toEqual(bytes);
    expect(seen[1]?.headers).toMatchObject({
      'if-range': '"one"',
      range: expect.stringMatching(/^bytes=\d+-$/) as string,
    });
    expect(Number(/\d+/.exec(seen[1]?.headers.range ?? '')?.[0])).toBeGreaterThan(0);
    const done = progress.map((step) => step.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(progress.at(-1)).toEqual({ done: bytes.length, total: bytes.length });
  });

  it('starts over where the file has changed since', async () => {
    const { address, seen } = await serveInTurn(breaks({ etag: '"zero"' }), whole);
    expect(await download(address)).toEqual(bytes);
    expect(seen[1]?.headers.range).toBeDefined();
  });

  it.each([{}, { etag: 'W/"weak"' }])(
    'starts over where the server names no exact file: %o',
    async (headers) => {
      const { address, seen } = await serveInTurn(breaks(headers), whole);
      expect(await download(address)).toEqual(bytes);
      expect(seen[1]?.headers.range).toBeUndefined();
    },
  );

  it('does not put together what does not belong together', async () => {
    const other: Answer = (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-9/10', 'content-length': 10 }).end('0123456789');
    };
    const { address } = await serveInTurn(breaks(), other, whole);
    expect(await download(address)).toEqual(bytes);
    const always = await serveInTurn(breaks(), status(416), whole);
    expect(await download(always.address)).toEqual(bytes);
  });

  it('gives up after so many retries, also for a number that is none', async () => {
    for (const [retries, requests] of [
      [2, 3],
      [0, 1],
      [-1, 1],
      [NaN, 1],
    ] as const) {
      const { address, seen } = await serveInTurn(breaks());
      await expect(download(address, { retries })).rejects.toThrow(failed);
      expect(seen).toHaveLength(requests);
    }
  });
});

describe('a server', () => {
  it.each([500, 503, 429, 408])('that answers %i is asked again', async (code) => {
    const { address } = await serveInTurn(status(code), whole);
    expect(await download(address)).toEqual(bytes);
  });

  it.each([401, 403, 404, 410])('that answers %i is not, and the error says so', async (code) => {
    const { address, seen } = await serveInTurn(status(code));
    await expect(download(address)).rejects.toThrow(`the server answered ${code}`);
    expect(seen).toHaveLength(1);
  });

  it('that compresses on the way is understood', async () => {
    const { address } = await serveInTurn((_, response) => {
      const small = gzipSync(bytes);
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': small.length }).end(small);
    });
    expect(await download(address)).toEqual(bytes);
  });

  it('without an end is left', async () => {
    const { address, seen } = await serveInTurn((_, response) => {
      const chunk = Buffer.alloc(4 * 1024 * 1024);
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
    });
    await expect(download(address)).rejects.toThrow('is too large for an image');
    expect(seen).toHaveLength(1);
  });

  it('that is silent is left, at first and in the middle', async () => {
    const silent = await serveInTurn(() => undefined);
    await expect(download(silent.address, { silenceMs: 50, retries: 0 })).rejects.toThrow(failed);
    const stops = await serveInTurn((_, response) => response.writeHead(200).write('some'));
    await expect(download(stops.address, { silenceMs: 50, retries: 0 })).rejects.toThrow(failed);
  });

  it('that says something, but too slowly, is left when the time is over', async () => {
    const { address, seen } = await serveInTurn((_, response) => {
      const timer = setInterval(() => response.write('.'), 10);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    await expect(download(address, { timeoutMs: 100 })).rejects.toThrow('did not come through within 100 ms');
    expect(seen).toHaveLength(1);
  });

  it('may send elsewhere, but not from https to http', async () => {
    const { address } = await serveInTurn(whole);
    const other = await serveInTurn((_, response) => response.writeHead(302, { location: address }).end());
    expect(await download(other.address)).toEqual(bytes);

    const certificates = await makeCertificates({ names: ['127.0.0.1'] });
    const secure = createSecureServer({ key: certificates.key, cert: certificates.cert }, (_, response) =>
      response.writeHead(302, { location: address }).end(),
    );
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const agent = new Agent({ connect: { rejectUnauthorized: false } });
    const usual = getGlobalDispatcher();
    setGlobalDispatcher(agent);
    onTestFinished(async () => {
      setGlobalDispatcher(usual);
      await agent.close();
      await new Promise((resolve) => secure.close(resolve));
    });
    const { port } = secure.address() as { port: number };
    await expect(download(`https://127.0.0.1:${port}/`)).rejects.toThrow('redirects to http');
  });
});

describe('a caller', () => {
  it('who has gone gets the reason, before, while it waits and while it pauses', async () => {
    const { address, seen } = await serveInTurn(() => undefined);
    const reason = new Error('enough');
    await expect(download(address, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(seen).toHaveLength(0);

    const waiting = new AbortController();
    const asked = await serveInTurn(() => {
      waiting.abort(reason);
    });
    await expect(download(asked.address, { signal: waiting.signal })).rejects.toBe(reason);

    const pausing = new AbortController();
    const busy = await serveInTurn((_, response) => {
      response.on('close', () =>
        setImmediate(() => {
          pausing.abort(reason);
        }),
      );
      response.writeHead(503).end();
    });
    await expect(download(busy.address, { signal: pausing.signal, pauseMs: 60_000 })).rejects.toBe(reason);
    expect(busy.seen).toHaveLength(1);
  });

  it('can give user and password of a mirror, which are in no error', async () => {
    const { address, seen } = await serveInTurn(whole, status(403));
    const url = address.replace('//', '//ann:p%40ss@');
    await download(url);
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
    const error = await download(url).catch((reason: unknown) => reason);
    expect(String(error)).toContain(address);
    expect(String(error)).not.toMatch(/p%40ss|p@ss|ann/);
  });

  it('goes through a proxy, with user and password where it wants them', async () => {
    const { address, seen } = await serveInTurn(whole);
    const asked: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(request.headers['proxy-authorization']);
      const [host = '', port] = (request.url ?? '').split(':');
      const far = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        far.pipe(socket).pipe(far);
      });
      far.on('error', () => socket.destroy());
      socket.on('error', () => far.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      await new Promise((resolve) => proxy.close(resolve));
    });
    const { port } = proxy.address() as { port: number };
    expect(await download(address, { proxy: `http://ann:secret@127.0.0.1:${port}` })).toEqual(bytes);
    expect(seen).toHaveLength(1);
    expect(asked).toEqual([`Basic ${Buffer.from('ann:secret').toString('base64')}`]);
  });

  it('is told which option is no address, without the address', async () => {
    await expect(download('ftp://ann:secret@mirror/')).rejects.toThrow(
      new TypeError('mirror must be an address that begins with http:// or https://'),
    );
    const { address } = await serveInTurn(whole);
    await expect(download(address, { proxy: 'ann:secret@proxy:3128' })).rejects.toThrow(
      new TypeError('proxy must be an address that begins with http:// or https://'),
    );
  });
});
