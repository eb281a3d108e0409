import { writeFile } from 'node:fs/promises';
import { boards } from './boards.ts';
import { download } from './download.ts';
import { imageManifest } from './manifest.ts';
import { refreshManifest, renderManifest } from './refresh-manifest.ts';

/** For maintainers, from this package's folder after a build: `node dist/images/refresh-main.js src/images/manifest.ts`. */
const [, , target] = process.argv;
if (target === undefined) throw new TypeError('Name the file to write');
const manifest = await refreshManifest({
  boards: boards().map(({ id }) => id),
  fetchPage: async (board) => (await download(`https://micropython.org/download/${board}/`)).toString('utf8'),
  before: imageManifest,
});
await writeFile(target, renderManifest(manifest));
