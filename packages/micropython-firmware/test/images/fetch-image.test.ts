import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
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
    const other = await serveImage(sampleImage(0, 0x1000, { size: 44_000 }));
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

  it('shows nothing of an image in the cache until it is whole', async () => {
    const cacheDirectory = temporaryDirectory();
    const mirror = await serve((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 10_000), () => setImmediate(() => response.destroy()));
    });
    const kept: string[][] = [];
    const onProgress = () => kept.push(readdirSync(cacheDirectory));
    await expect(fetchImage(image, { cacheDirectory, mirror, retries: 1, onProgress })).rejects.toThrow(
      code('IMAGE_DOWNLOAD'),
    );
    expect(kept.flat()).toEqual([]);
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it('lets several fetch at once, and trusts the first', async () => {
    const cacheDirectory = temporaryDirectory();
    const { mirror } = await serveImage();
    const fetched = await Promise.all(
      Array.from({ length: 5 }, () => fetchImage(image, { cacheDirectory, mirror })),
    );
    for (const one of fetched) expect(one.bytes.equals(bytes)).toBe(true);
    expect(readdirSync(cacheDirectory).sort()).toEqual([image.fileName, `${image.fileName}.sha256`]);

    // While this one loads another image of that name, somebody else has pinned the first.
    const elsewhere = temporaryDirectory();
    const late = await serve((_, response) => {
      void fetchImage(image, { cacheDirectory: elsewhere, mirror }).then(() =>
        response.end(sampleImage(0, 0x1000, { size: 44_000 })),
      );
    });
    await expect(fetchImage(image, { cacheDirectory: elsewhere, mirror: late })).rejects.toThrow(
      code('IMAGE_HASH'),
    );
    expect(readFileSync(join(elsewhere, image.fileName)).equals(bytes)).toBe(true);
  });

  it('says what to do where the cache cannot be written or read', async () => {
    const directory = temporaryDirectory();
    const { mirror } = await serveImage();
    writeFileSync(join(directory, 'file'), '');
    const blocked = fetchImage(image, { cacheDirectory: join(directory, 'file', 'cache'), mirror });
    await expect(blocked).rejects.toThrow(/cannot (read|write) the cache of images in .*name another folder/);
    await expect(blocked).rejects.toThrow(code('IMAGE_CACHE'));

    // The hash can be kept and the image cannot: nothing half is left, and the next try works.
    const cacheDirectory = join(directory, 'cache');
    mkdirSync(join(cacheDirectory, image.fileName, 'in the way'), { recursive: true });
    await expect(fetchImage(image, { cacheDirectory, mirror })).rejects.toThrow(code('IMAGE_CACHE'));
    expect(readdirSync(cacheDirectory).filter((name) => name.startsWith('.'))).toEqual([]);
    rmSync(join(cacheDirectory, image.fileName), { recursive: true });
    expect((await fetchImage(image, { cacheDirectory, mirror })).source).toBe('download');
  });

  it('trusts nothing where the hash that was seen first is no longer there to read', async () => {
    const cacheDirectory = temporaryDirectory();
    const { mirror } = await serveImage();
    await fetchImage(image, { cacheDirectory, mirror });
    writeFileSync(join(cacheDirectory, `${image.fileName}.sha256`), '');
    for (const offline of [true, false]) {
      await expect(fetchImage(image, { cacheDirectory, mirror, offline })).rejects.toThrow(
        /\.sha256 holds no SHA-256: remove it/,
      );
    }
  });

  it('gives nothing to a caller who has gone, not even from the cache', async () => {
    const cacheDirectory = temporaryDirectory();
    const { mirror } = await serveImage();
    await fetchImage(image, { cacheDirectory, mirror });
    const reason = new Error('enough');
    const work = fetchImage(image, { cacheDirectory, mirror, signal: AbortSignal.abort(reason) });
    await expect(work).rejects.toBe(reason);
  });

  it('takes a mirror with and without a slash at its end, below a path', async () => {
    const { mirror, seen } = await serveImage();
    for (const address of [`${mirror}firmware`, `${mirror}firmware/`]) {
      await fetchImage(image, { cacheDirectory: temporaryDirectory(), mirror: address });
    }
    expect(seen.map(({ url }) => url)).toEqual(Array(2).fill(`/firmware/${image.fileName}`));
    await expect(
      fetchImage(image, { cacheDirectory: temporaryDirectory(), mirror: 'not an address' }),
    ).rejects.toThrow('mirror must be an address');
  });

  it('goes through a proxy', async () => {
    const refused = await serve((_, response) => response.writeHead(403).end());
    const options = { cacheDirectory: temporaryDirectory(), proxy: refused, retries: 0, silenceMs: 500 };
    // Nothing is asked but the proxy: the address behind it does not exist.
    const work = fetchImage({ ...image, url: 'http://nowhere.invalid/image.bin' }, options);
    await expect(work).rejects.toThrow(code('IMAGE_DOWNLOAD'));
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

  it('holds a file by hand to the hash that is known for its name, of whatever version', async () => {
    const directory = temporaryDirectory();
    const cacheDirectory = join(directory, 'cache');
    await fetchImage(image, { cacheDirectory, mirror: (await serveImage()).mirror });
    const own = join(directory, image.fileName);
    writeFileSync(own, bytes);
    expect(await fetchImage(image, { cacheDirectory, file: own })).toMatchObject({ trust: 'pinned' });
    writeFileSync(own, sampleImage(0, 0x1000, { size: 44_000 }));
    await expect(fetchImage(image, { cacheDirectory, file: own })).rejects.toThrow(code('IMAGE_HASH'));

    const older = join(directory, 'ESP32_GENERIC-20230426-v1.20.0.bin');
    writeFileSync(older, sampleImage(0, 0x1000, { size: 30_000 }));
    expect(await fetchImage(image, { cacheDirectory, file: older })).toMatchObject({
      ...{ version: '1.20.0', fileName: 'ESP32_GENERIC-20230426-v1.20.0.bin', trust: 'first' },
    });
  });

  it('takes a build of your own, and refuses one that is by its name for another board', async () => {
    const directory = temporaryDirectory();
    const options = { cacheDirectory: join(directory, 'cache') };
    const own = join(directory, 'my build.bin');
    writeFileSync(own, bytes);
    expect(await fetchImage(image, { ...options, file: own })).toMatchObject({
      ...{ version: 'unknown', fileName: 'my build.bin', trust: 'none', isListed: false },
      url: pathToFileURL(own).href,
    });
    const other = join(directory, 'ESP32_GENERIC-SPIRAM-20251209-v1.27.0.bin');
    writeFileSync(other, bytes);
    await expect(fetchImage(image, { ...options, file: other })).rejects.toThrow(
      'is by its name for ESP32_GENERIC-SPIRAM, not for ESP32_GENERIC',
    );
    const variant = resolveImage({ board: 'ESP32_GENERIC', variant: 'SPIRAM' });
    expect((await fetchImage(variant, { ...options, file: other })).version).toBe('1.27.0');
    expect(existsSync(options.cacheDirectory)).toBe(false);
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
    expect(defaultCacheDirectory('win32', {}, '/me')).toBe('/me/AppData/Local/ota/firmware');
    expect(defaultCacheDirectory('linux', { XDG_CACHE_HOME: '' }, '/home/me')).toBe(
      '/home/me/.cache/ota/firmware',
    );
  });
});
