import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultCacheDirectory, ImageCache } from './cache.ts';
import { checkImage } from './check-image.ts';
import { download, type DownloadOptions } from './download.ts';
import { ImageError } from './errors.ts';
import { parseImageFileName } from './file-name.ts';
import { imageManifest } from './manifest.ts';
import type { ResolvedImage } from './resolve-image.ts';

/** Where images are kept, and how they are fetched. */
export interface FetchImageOptions extends DownloadOptions {
  /** @default the platform's place for caches, then `ota/firmware` */
  cacheDirectory?: string | undefined;
  /** Takes the place of `https://micropython.org/resources/firmware/`; user and password may stand before the host. */
  mirror?: string | undefined;
  /** Takes what is in the cache, or fails. */
  offline?: boolean | undefined;
  /** An image that was downloaded by hand; it is checked as any other, and not kept. */
  file?: string | undefined;
}

/** An image that has been checked. For a file by hand `fileName`, `version` (or `unknown`) and `url` are those of the file. */
export interface FetchedImage extends ResolvedImage {
  /** The whole file. */
  bytes: Buffer;
  sha256: string;
  /** Where it came from this time. */
  source: 'cache' | 'download' | 'file';
  /**
   * `manifest` if its hash was known, `pinned` if it is the one seen first, `first` if this is the first time. `none`: a
   * file of your own that has not the name of a release, so that no hash could be known; its checksums are right.
   */
  trust: 'manifest' | 'pinned' | 'first' | 'none';
}

/**
 * Gets an image: from the cache, else from the download site. Whatever it comes from, its hash is compared with the one
 * that is known, and its own checksums and SHA-256 are checked; what fails is not kept and not handed out.
 *
 * @throws ImageError; TypeError for a mirror or proxy that is no address; the reason of an aborted signal.
 */
export async function fetchImage(
  image: ResolvedImage,
  options: FetchImageOptions = {},
): Promise<FetchedImage> {
  const { cacheDirectory = defaultCacheDirectory(), mirror, offline = false, file, signal } = options;
  signal?.throwIfAborted();
  const cache = new ImageCache(cacheDirectory);
  if (file !== undefined) return takeFile(file, image, cache, signal);
  const cached = await cache.read(image.fileName);
  if (cached !== undefined) {
    try {
      return await accept(cached, image, cache, 'cache');
    } catch (error) {
      if (offline || !isRefused(error)) throw error;
      // Damaged on the disk: to be fetched again.
      await cache.discard(image.fileName);
    }
  }
  if (offline) {
    const message = `${image.fileName} is not in ${cacheDirectory}: fetch it once with a network, or give it as file`;
    throw new ImageError('IMAGE_OFFLINE', message);
  }
  const url = mirror === undefined ? image.url : `${mirror.replace(/\/?$/, '/')}${image.fileName}`;
  // The hash is looked up afterwards: somebody else may have been first in the meantime.
  const fetched = await accept(await download(url, options), image, cache, 'download');
  await cache.store(image.fileName, fetched.bytes, fetched.sha256);
  return fetched;
}

function isRefused(error: unknown): boolean {
  return error instanceof ImageError && error.code !== 'IMAGE_CACHE';
}

async function accept(
  bytes: Buffer,
  image: ResolvedImage,
  cache: ImageCache,
  source: FetchedImage['source'],
): Promise<FetchedImage> {
  const pinned = await cache.pinned(image.fileName);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const known = image.sha256 ?? pinned;
  if (known !== undefined && known !== sha256) {
    const message = `${image.fileName} has the SHA-256 ${sha256}, it should be ${known}: do not use it, ask who publishes it`;
    throw new ImageError('IMAGE_HASH', message);
  }
  checkImage(bytes, image.board.mcu, image.offset);
  const trust = image.sha256 !== undefined ? 'manifest' : pinned !== undefined ? 'pinned' : 'first';
  return { ...image, bytes, sha256, source, trust };
}

/** A file by hand may be of another version, or a build of one's own: its name says which hash it has to have. */
async function takeFile(
  file: string,
  image: ResolvedImage,
  cache: ImageCache,
  signal: AbortSignal | undefined,
): Promise<FetchedImage> {
  const bytes = await readByHand(file, signal);
  const fileName = basename(file);
  const named = parseImageFileName(fileName);
  if (named === undefined) {
    checkImage(bytes, image.board.mcu, image.offset);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const { href: url } = pathToFileURL(file);
    return {
      ...image,
      fileName,
      url,
      version: 'unknown',
      isListed: false,
      bytes,
      sha256,
      source: 'file',
      trust: 'none',
    };
  }
  const wanted = image.variant === undefined ? image.board.id : `${image.board.id}-${image.variant}`;
  if (named.build !== wanted) {
    const message = `${file} is by its name for ${named.build}, not for ${wanted}: name that board, or rename the file`;
    throw new ImageError('IMAGE_FILE', message);
  }
  const sha256 = fileName === image.fileName ? image.sha256 : imageManifest.hashes[fileName];
  const { href: url } = pathToFileURL(file);
  return accept(bytes, { ...image, fileName, url, version: named.version, sha256 }, cache, 'file');
}

async function readByHand(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    return await readFile(path, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ImageError('IMAGE_FILE', `cannot read ${path}: name a file that is there`, { cause });
  }
}
