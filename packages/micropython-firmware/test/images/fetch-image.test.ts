import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultCacheDirectory } from '../../src/images/cache.ts';
import { fetchImage } from '../../src/images/fetch-image.ts';
import { resolveImage } from '../../src/images/resolve-image.ts';
import { sampleImage, serve, sha256, temporaryDirectory } from './helpers.ts';

const image = resolveImage({ board: 'ESP32_GENERIC' });
const bytes = sampleImage();
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

/** Serves the image, and counts. */
async function serveImage(content = bytes) {
  const seen: IncomingMessage[] = [];
  const mirror = await serve((request, response) => {
    seen.push(request);
    response.setHeader('content-length', content.length);
    response.end(content);
  });
  return { mirror, seen };
}

describe('fetchImage', () => {
  it('gets an image, keeps it and its hash, and takes it from there the next time', async () => {
    const cacheDirectory = temporaryDirectory();
    const { mirror, seen } = await serveImage();
    const progress: number[] = [];
    const first = await fetchImage(image, {
      cacheDirectory,
      mirror,
      onProgress: ({ done }) => progress.push(done),
    });
    const second = await fetchImage(image, { cacheDirectory, mirror });
    const third = await fetchImage(image, { cacheDirectory, offline: true });

    expect(first).toMatchObject({ source: 'download', trust: 'first', sha256: sha256(bytes) });
    expect(second).toMatchObject({ source: 'cache', trust: 'pinned' });
    expect(third.bytes.equals(bytes)).toBe(true);
    expect(seen.map(({ url }) => url)).toEqual([`/${image.fileName}`]);
    expect(progress.at(-1)).toBe(bytes.length);
    expect(readdirSync(cacheDirectory).sort()).toEqual([image.fileName, `${image.fileName}.sha256`]);
  });

  it('fetches again what was damaged in the cache, and never hands it out', async () => {
    const cacheDirectory = temporaryDirectory();
    const { mirror, seen } = await serveImage();
    await fetchImage(image, { cacheDirectory, mirror });
    writeFileSync(join(cacheDirectory, image.fileName), bytes.subarray(0, 5000));

    await expect(fetchImage(image, { cacheDirectory, offline: true })).rejects.toThrow(code('IMAGE_HASH'));
    const again = await fetchImage(image, { cacheDirectory, mirror });
    expect(again.source).toBe('download');
    expect(seen).toHaveLength(2);
    expect(readFileSync(join(cacheDirectory, image.fileName)).equals(bytes)).toBe(true);
  });

  it('refuses a file that changed since it was first seen, also when the cache lost it', async () => {
    const cacheDirectory = temporaryDirectory();
    await fetchImage(image, { cacheDirectory, mirror: (await serveImage()).mirror });
    writeFileSync(join(cacheDirectory, image.fileName), '');
    const other = await serveImage(sampleImage(0, 0x1000, 44_000));
    await expect(fetchImage(image, { cacheDirectory, mirror: other.mirror })).rejects.toThrow(
      code('IMAGE_HASH'),
    );
    expect(existsSync(join(cacheDirectory, image.fileName))).toBe(false);
  });

  const wrong: { name: string; content: Buffer; expected: string; sha256?: string }[] = [
    { name: 'a page in its place', content: Buffer.from('<html>gone</html>'), expected: 'IMAGE_DAMAGED' },
    { name: 'a file cut short', content: bytes.subarray(0, bytes.length - 1), expected: 'IMAGE_DAMAGED' },
    {
      name: 'a changed byte',
      content: Buffer.from(bytes).fill(1, 70_000, 70_001),
      expected: 'IMAGE_DAMAGED',
    },
    { name: 'an image for another chip', content: sampleImage(9, 0), expected: 'IMAGE_DAMAGED' },
    {
      name: 'a hash that is not the known one',
      content: bytes,
      expected: 'IMAGE_HASH',
      sha256: 'ab'.repeat(32),
    },
  ];
  for (const { name, content, expected, ...known } of wrong) {
    it(`keeps nothing of ${name}`, async () => {
      const cacheDirectory = temporaryDirectory();
      const { mirror } = await serveImage(content);
      await expect(fetchImage({ ...image, ...known }, { cacheDirectory, mirror })).rejects.toThrow(
        code(expected),
      );
      expect(readdirSync(cacheDirectory)).toEqual([]);
    });
  }

  it('goes on where the connection broke, if the file is still the same', async () => {
    const ranges: (string | undefined)[] = [];
    const mirror = await serve((request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      response.setHeader('etag', '"one"');
      if (range === undefined) {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 50_000), () => setImmediate(() => response.destroy()));
        return;
      }
      expect(request.headers['if-range']).toBe('"one"');
      const start = Number(/\d+/.exec(range)?.[0]);
      response.writeHead(206, { 'content-length': bytes.length - start });
      response.end(bytes.subarray(start));
    });
    const fetched = await fetchImage(image, { cacheDirectory: temporaryDirectory(), mirror });
    expect(fetched.bytes.equals(bytes)).toBe(true);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
  });

  it('starts over where the server cannot go on, and gives up in the end', async () => {
    let requests = 0;
    const mirror = await serve((_, response) => {
      requests += 1;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 10_000), () => setImmediate(() => response.destroy()));
    });
    const cacheDirectory = temporaryDirectory();
    await expect(fetchImage(image, { cacheDirectory, mirror, retries: 2 })).rejects.toThrow(
      code('IMAGE_DOWNLOAD'),
    );
    expect(requests).toBe(3);
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it('does not ask twice for what is not there', async () => {
    let requests = 0;
    const mirror = await serve((_, response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    const work = fetchImage(image, { cacheDirectory: temporaryDirectory(), mirror });
    await expect(work).rejects.toThrow('the server answered 404');
    expect(requests).toBe(1);
  });

  it('does not wait for a silent server for ever, nor for a caller who has gone', async () => {
    const mirror = await serve(() => undefined);
    const cacheDirectory = temporaryDirectory();
    const silent = fetchImage(image, { cacheDirectory, mirror, silenceMs: 50, retries: 0 });
    await expect(silent).rejects.toThrow(code('IMAGE_DOWNLOAD'));
    const reason = new Error('enough');
    const controller = new AbortController();
    const gone = fetchImage(image, { cacheDirectory, mirror, signal: controller.signal });
    setTimeout(() => {
      controller.abort(reason);
    }, 20);
    await expect(gone).rejects.toBe(reason);
  });

  it('goes through a proxy', async () => {
    const { mirror, seen } = await serveImage();
    let tunnels = 0;
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels += 1;
      const [host = '', port] = (request.url ?? '').split(':');
      const far = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        far.pipe(socket).pipe(far);
      });
      far.on('error', () => socket.destroy());
      socket.on('error', () => far.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(
      () =>
        new Promise((resolve) =>
          proxy.close(() => {
            resolve();
          }),
        ),
    );
    const address = proxy.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const options = { cacheDirectory: temporaryDirectory(), mirror, proxy: `http://127.0.0.1:${port}` };
    await fetchImage(image, options);
    expect(tunnels + seen.filter(({ url }) => url?.startsWith('http')).length).toBe(1);
  });

  it('takes and checks a file downloaded by hand', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'firmware.bin');
    const options = { cacheDirectory: join(directory, 'cache'), file };
    await expect(fetchImage(image, options)).rejects.toThrow(code('IMAGE_FILE'));
    writeFileSync(file, bytes);
    expect(await fetchImage(image, options)).toMatchObject({ source: 'file', sha256: sha256(bytes) });
    writeFileSync(file, bytes.subarray(1));
    await expect(fetchImage(image, options)).rejects.toThrow(code('IMAGE_DAMAGED'));
  });

  it('says what to do without a network and without the image', async () => {
    const work = fetchImage(image, { cacheDirectory: temporaryDirectory(), offline: true });
    await expect(work).rejects.toThrow(code('IMAGE_OFFLINE'));
  });
});

describe('defaultCacheDirectory', () => {
  it("is the platform's", () => {
    expect(defaultCacheDirectory('linux', {}, '/home/me')).toBe('/home/me/.cache/ota/firmware');
    expect(defaultCacheDirectory('linux', { XDG_CACHE_HOME: '/cache' }, '/home/me')).toBe(
      '/cache/ota/firmware',
    );
    expect(defaultCacheDirectory('darwin', {}, '/Users/me')).toBe('/Users/me/Library/Caches/ota/firmware');
    expect(defaultCacheDirectory('win32', { LOCALAPPDATA: '/local' }, '/me')).toBe('/local/ota/firmware');
  });
});
