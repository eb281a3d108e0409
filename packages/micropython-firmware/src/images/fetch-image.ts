import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { checkImage } from './check-image.ts';
import { defaultCacheDirectory, ImageCache } from './cache.ts';
import { download, type DownloadOptions } from './download.ts';
import { ImageError } from './errors.ts';
import type { ResolvedImage } from './resolve-image.ts';

export interface FetchImageOptions extends DownloadOptions {
  /** @default the platform's place for caches, then `ota/firmware` */
  cacheDirectory?: string;
  /** Takes the place of `https://micropython.org/resources/firmware/`. */
  mirror?: string;
  /** Takes what is in the cache, or fails. */
  offline?: boolean;
  /** An image that was downloaded by hand; it is checked as any other. */
  file?: string;
}

/** An image that has been checked. */
export interface FetchedImage extends ResolvedImage {
  bytes: Buffer;
  sha256: string;
  source: 'cache' | 'download' | 'file';
  /** `manifest` if its hash was known, `pinned` if it is the one seen first, `first` if this is the first time. */
  trust: 'manifest' | 'pinned' | 'first';
}

/**
 * Gets an image: from the cache, else from the download site. Whatever it comes from, its hash is compared with the one
 * that is known, and its own checksums and SHA-256 are checked; what fails is not kept and not handed out.
 *
 * @throws ImageError; the reason of an aborted signal.
 */
export async function fetchImage(
  image: ResolvedImage,
  options: FetchImageOptions = {},
): Promise<FetchedImage> {
  const { cacheDirectory = defaultCacheDirectory(), mirror, offline = false, file } = options;
  const cache = new ImageCache(cacheDirectory);
  const pinned = await cache.pinned(image.fileName);
  const known = image.sha256 ?? pinned;
  const trust = image.sha256 !== undefined ? 'manifest' : pinned !== undefined ? 'pinned' : 'first';
  const accept = (bytes: Buffer, source: FetchedImage['source']): FetchedImage => {
    const sha256 = checked(bytes, image, known);
    return { ...image, bytes, sha256, source, trust };
  };
  if (file !== undefined) return accept(await readByHand(file), 'file');
  const cached = await cache.read(image.fileName);
  if (cached !== undefined) {
    try {
      return accept(cached, 'cache');
    } catch (error) {
      if (offline) throw error;
      // Damaged on the disk: to be fetched again.
      await cache.discard(image.fileName);
    }
  }
  if (offline) {
    const message = `${image.fileName} is not in ${cacheDirectory}: fetch it once with a network, or give it as file`;
    throw new ImageError('IMAGE_OFFLINE', message);
  }
  const url = mirror === undefined ? image.url : new URL(image.fileName, mirror.replace(/\/?$/, '/')).href;
  const fetched = accept(await download(url, options), 'download');
  await cache.store(image.fileName, fetched.bytes, fetched.sha256);
  return fetched;
}

function checked(bytes: Buffer, image: ResolvedImage, known: string | undefined): string {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (known !== undefined && known !== sha256) {
    const message = `${image.fileName} has the SHA-256 ${sha256}, it should be ${known}: do not use it, ask who publishes it`;
    throw new ImageError('IMAGE_HASH', message);
  }
  checkImage(bytes, image.board.mcu, image.offset);
  return sha256;
}

async function readByHand(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ImageError('IMAGE_FILE', `cannot read ${path}: name a file that is there`, { cause });
  }
}
