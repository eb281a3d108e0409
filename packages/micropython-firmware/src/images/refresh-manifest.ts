import { rcompare } from 'semver';
import { ImageError } from './errors.ts';
import { fetchImage, type FetchImageOptions } from './fetch-image.ts';
import type { ImageManifest, ImageRelease } from './manifest-types.ts';
import { resolveImage } from './resolve-image.ts';

/** `/resources/firmware/ESP32_GENERIC-SPIRAM-20251209-v1.27.0.bin` in an address of a board's page. */
const link =
  /href=["']?[^"'\s>]*\/resources\/firmware\/([A-Z0-9_]+(?:-[A-Z0-9_]+)?)-(\d{8})-v(\d+\.\d+\.\d+)\.bin["'\s>]/g;

export interface RefreshOptions {
  /** Boards whose pages are read. */
  boards: readonly string[];
  /** The page of a board, such as https://micropython.org/download/ESP32_GENERIC/. */
  fetchPage: (board: string) => Promise<string>;
  /** What is known so far: hashes and releases that the pages no longer list stay. */
  before: ImageManifest;
  /** What the new manifest says of itself: which pages, and when they were read. */
  origin: string;
}

/**
 * A new manifest from the pages of the download site. Previews are left out, because their files go away. Pages carry no
 * hashes, so none is added.
 *
 * @throws ImageError IMAGE_PAGE if a page has no image at all: then it has changed, and so has this to.
 */
export async function refreshManifest(options: RefreshOptions): Promise<ImageManifest> {
  const { boards, fetchPage, before, origin } = options;
  const releases = new Map<string, { version: string; date: string; builds: Set<string> }>();
  const add = (version: string, date: string, build: string) => {
    const key = `${version} ${date}`;
    const release = releases.get(key) ?? { version, date, builds: new Set<string>() };
    release.builds.add(build);
    releases.set(key, release);
  };
  for (const { version, date, builds } of before.releases)
    for (const build of builds) add(version, date, build);
  for (const board of boards) {
    const found = readPage(await fetchPage(board), board);
    for (const { version, date, build } of found) add(version, date, build);
  }
  const sorted: ImageRelease[] = [...releases.values()]
    .sort((a, b) => rcompare(a.version, b.version) || b.date.localeCompare(a.date))
    .map(({ version, date, builds }) => ({ version, date, builds: [...builds].sort() }));
  return { origin, releases: sorted, hashes: before.hashes };
}

function readPage(page: string, board: string): { build: string; date: string; version: string }[] {
  const found = [...page.matchAll(link)].flatMap(([, build, date, version]) =>
    build === undefined || date === undefined || version === undefined ? [] : [{ build, date, version }],
  );
  const own = found.filter(({ build }) => build === board || build.startsWith(`${board}-`));
  if (own.length > 0) return own;
  const message = `the page of ${board} lists no image: the site has changed, look at refresh-manifest.ts`;
  throw new ImageError('IMAGE_PAGE', message);
}

/**
 * Hashes images for the manifest: each is downloaded, checked as for a board, and hashed. A hash that is known stays, and
 * an image that has another one now is refused.
 *
 * @param builds - such as `ESP32_GENERIC-SPIRAM`, of the newest release that has it.
 * @throws ImageError as `resolveImage` and `fetchImage` do; nothing is added then.
 */
export async function hashImages(
  manifest: ImageManifest,
  builds: readonly string[],
  options: FetchImageOptions,
): Promise<ImageManifest> {
  const hashes: Record<string, string> = { ...manifest.hashes };
  for (const build of builds) {
    const [board = '', variant] = build.split('-');
    const { fileName, sha256 } = await fetchImage(resolveImage({ board, variant, manifest }), options);
    hashes[fileName] = sha256;
  }
  const sorted = Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...manifest, hashes: Object.fromEntries(sorted) };
}

/** The text of `manifest.ts`. */
export function renderManifest(manifest: ImageManifest): string {
  return [
    "import type { ImageManifest } from './manifest-types.ts';",
    '',
    '/** `refresh-manifest.ts` writes it anew. A hash stands here only where the image itself was hashed, or its publisher names it. */',
    `export const imageManifest: ImageManifest = ${JSON.stringify(manifest, undefined, 2)};`,
    '',
  ].join('\n');
}
