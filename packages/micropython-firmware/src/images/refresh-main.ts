import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { boards } from './boards.ts';
import { download } from './download.ts';
import { imageManifest } from './manifest.ts';
import { hashImages, refreshManifest, renderManifest } from './refresh-manifest.ts';

/**
 * For maintainers: `npx nx refresh-images micropython-firmware` reads the page of each board and writes the manifest;
 * with `--hash ESP32_GENERIC` it also downloads the newest image for that board and writes down its SHA-256.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    site: { type: 'string', default: 'https://micropython.org/' },
    board: { type: 'string', multiple: true },
    hash: { type: 'string', multiple: true, default: [] },
    cache: { type: 'string' },
  },
});
const [target] = positionals;
if (target === undefined) throw new TypeError('Name the file to write');
const { site, board, hash, cache } = values;
const today = new Date().toISOString().slice(0, 10);
const pages = board === undefined ? 'the pages of all boards' : `the pages of ${board.join(', ')}`;
const manifest = await refreshManifest({
  boards: board ?? boards().map(({ id }) => id),
  origin: `${pages} at ${site}download/, read on ${today}; what they do not list stays from before`,
  fetchPage: async (id) => (await download(new URL(`download/${id}/`, site).href)).toString('utf8'),
  before: imageManifest,
});
const hashed = await hashImages(manifest, hash, {
  mirror: new URL('resources/firmware/', site).href,
  ...(cache !== undefined && { cacheDirectory: cache }),
});
await writeFile(target, renderManifest(hashed));
