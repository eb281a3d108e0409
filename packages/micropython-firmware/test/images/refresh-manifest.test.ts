import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { imageManifest } from '../../src/images/manifest.ts';
import type { ImageManifest } from '../../src/images/manifest-types.ts';
import { hashImages, refreshManifest, renderManifest } from '../../src/images/refresh-manifest.ts';
import { sampleImage, serve, sha256, temporaryDirectory } from './helpers.ts';

const page = (board: string): string => readFileSync(new URL(`pages/${board}.html`, import.meta.url), 'utf8');
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

const before: ImageManifest = {
  releases: [{ version: '1.20.0', date: '20230426', builds: ['OLD_BOARD'] }],
  hashes: { 'OLD_BOARD-20230426-v1.20.0.bin': 'ab'.repeat(32) },
};
const refreshed = () =>
  refreshManifest({
    boards: ['ESP32_GENERIC', 'ESP32_GENERIC_S3'],
    fetchPage: (board) => Promise.resolve(page(board)),
    before,
    origin: 'two pages',
  });

describe('refreshManifest', () => {
  it('reads releases and variants, newest first, and keeps what was known', async () => {
    expect(await refreshed()).toEqual({
      origin: 'two pages',
      releases: [
        { version: '9.29.0', date: '20990824', builds: ['ESP32_GENERIC_S3', 'ESP32_GENERIC_S3-SPIRAM_OCT'] },
        {
          ...{ version: '1.27.0', date: '20251209' },
          builds: ['ESP32_GENERIC', 'ESP32_GENERIC-SPIRAM', 'ESP32_GENERIC_S3'],
        },
        { version: '1.26.1', date: '20250911', builds: ['ESP32_GENERIC'] },
        ...before.releases,
      ],
      hashes: before.hashes,
    });
  });

  it('names no hash, since the pages name none', async () => {
    const { hashes } = await refreshed();
    expect(hashes).toEqual(before.hashes);
  });

  it.each(['<p>new look</p>', page('ESP32_GENERIC_S3')])(
    'fails where a page has no image of its board, instead of forgetting',
    async (other) => {
      const work = refreshManifest({
        boards: ['ESP32_GENERIC_C3'],
        fetchPage: () => Promise.resolve(other),
        ...{ before, origin: 'one page' },
      });
      await expect(work).rejects.toThrow(code('IMAGE_PAGE'));
    },
  );
});

describe('hashImages', () => {
  const fileName = 'ESP32_GENERIC-20251209-v1.27.0.bin';
  /** Of an image that nobody has hashed. */
  const plain: ImageManifest = {
    releases: [{ version: '1.27.0', date: '20251209', builds: ['ESP32_GENERIC'] }],
    hashes: { 'OLD_BOARD-20230426-v1.20.0.bin': 'ab'.repeat(32) },
  };
  const options = (mirror: string) => ({ mirror, cacheDirectory: temporaryDirectory(), retries: 0 });

  it('writes down the hash of what was downloaded', async () => {
    const bytes = sampleImage();
    const mirror = await serve((_, response) => response.end(bytes));
    const hashed = await hashImages(plain, ['ESP32_GENERIC'], options(mirror));
    expect(hashed).toEqual({ ...plain, hashes: { ...plain.hashes, [fileName]: sha256(bytes) } });
  });

  it('writes none for what is damaged, nor another one for what has one', async () => {
    const mirror = await serve((_, response) => response.end(sampleImage().subarray(0, 70_000)));
    await expect(hashImages(plain, ['ESP32_GENERIC'], options(mirror))).rejects.toThrow(
      code('IMAGE_DAMAGED'),
    );
    const other = await serve((_, response) => response.end(sampleImage()));
    const known = { ...plain, hashes: { [fileName]: 'ab'.repeat(32) } };
    await expect(hashImages(known, ['ESP32_GENERIC'], options(other))).rejects.toThrow(code('IMAGE_HASH'));
  });
});

describe('the script', () => {
  it('writes a module with what the site has and what was known before', async () => {
    const image = sampleImage(9, 0);
    const site = await serve(({ url = '' }, response) => {
      if (url === '/download/ESP32_GENERIC_S3/') response.end(page('ESP32_GENERIC_S3'));
      else if (url === '/resources/firmware/ESP32_GENERIC_S3-20990824-v9.29.0.bin') response.end(image);
      else response.writeHead(404).end();
    });
    const folder = temporaryDirectory();
    const target = join(folder, 'manifest.mjs');
    const script = fileURLToPath(new URL('../../dist/images/refresh-main.js', import.meta.url));
    const words = ['--site', site, '--cache', join(folder, 'cache'), '--board', 'ESP32_GENERIC_S3'];
    await promisify(execFile)(process.execPath, [script, target, ...words, '--hash', 'ESP32_GENERIC_S3']);

    const written = readFileSync(target, 'utf8')
      .replace(/^import .*$/m, '')
      .replace(': ImageManifest', '');
    const module = `data:text/javascript,${encodeURIComponent(written)}`;
    const { imageManifest: manifest } = (await import(module)) as { imageManifest: ImageManifest };
    expect(manifest.releases[0]).toEqual({
      ...{ version: '9.29.0', date: '20990824' },
      builds: ['ESP32_GENERIC_S3', 'ESP32_GENERIC_S3-SPIRAM_OCT'],
    });
    expect(manifest.releases.slice(1)).toEqual(imageManifest.releases);
    const fileName = 'ESP32_GENERIC_S3-20990824-v9.29.0.bin';
    expect(manifest.hashes).toEqual({ ...imageManifest.hashes, [fileName]: sha256(image) });
    const today = new Date().toISOString().slice(0, 10);
    expect(manifest.origin).toContain(`the pages of ESP32_GENERIC_S3 at ${site}download/, read on ${today}`);
    expect(readdirSync(folder).sort()).toEqual(['cache', 'manifest.mjs']);
  });

  it('writes nothing where a page is missing', async () => {
    const site = await serve((_, response) => response.writeHead(404).end());
    const folder = temporaryDirectory();
    const script = fileURLToPath(new URL('../../dist/images/refresh-main.js', import.meta.url));
    const run = promisify(execFile)(process.execPath, [script, join(folder, 'manifest.ts'), '--site', site]);
    await expect(run).rejects.toThrow(/the server answered 404/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes what the module in this package is, but for its layout', () => {
    const own = readFileSync(new URL('../../src/images/manifest.ts', import.meta.url), 'utf8');
    const plain = (text: string) => text.replace(/["'\s,]/g, '');
    expect(plain(renderManifest(imageManifest))).toBe(plain(own));
  });
});
