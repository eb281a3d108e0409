import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ImageError } from './errors.ts';

/** Where programs keep what they can get again, by the platform's convention. */
export function defaultCacheDirectory(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  // An empty variable counts as one that is not set, as the XDG base directory specification has it.
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'ota', 'firmware');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'ota', 'firmware');
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'ota', 'firmware');
}

/** Images and the hashes that were first seen of them. Files appear whole or not at all. */
export class ImageCache {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(fileName: string): string {
    return join(this.directory, fileName);
  }

  /** @throws ImageError IMAGE_CACHE where it cannot be read. */
  read(fileName: string): Promise<Buffer | undefined> {
    return this.#readIfThere(fileName);
  }

  /**
   * The hash that was seen first, which outlives the image itself.
   *
   * @throws ImageError IMAGE_CACHE where what is kept is no hash: to go on would be to trust anything.
   */
  async pinned(fileName: string): Promise<string | undefined> {
    const name = `${fileName}.sha256`;
    const kept = (await this.#readIfThere(name))?.toString('utf8').trim();
    if (kept === undefined || /^[0-9a-f]{64}$/.test(kept)) return kept;
    const message = `${this.path(name)} holds no SHA-256: remove it, if nobody changed it on purpose`;
    throw new ImageError('IMAGE_CACHE', message);
  }

  /** @throws ImageError IMAGE_CACHE where it cannot be written. */
  async store(fileName: string, bytes: Uint8Array, sha256: string): Promise<void> {
    await this.#put(`${fileName}.sha256`, `${sha256}\n`);
    await this.#put(fileName, bytes);
  }

  async discard(fileName: string): Promise<void> {
    await rm(this.path(fileName), { force: true });
  }

  async #put(name: string, content: Uint8Array | string): Promise<void> {
    const temporary = this.path(`.${name}.${randomUUID()}`);
    try {
      await mkdir(this.directory, { recursive: true });
      await writeFile(temporary, content);
      await rename(temporary, this.path(name));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined); // What failed is the reason to tell.
      throw this.#unusable('write', cause);
    }
  }

  async #readIfThere(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.path(name));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
      throw this.#unusable('read', cause);
    }
  }

  #unusable(verb: string, cause: unknown): ImageError {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `cannot ${verb} the cache of images in ${this.directory}: make room or name another folder (${why})`;
    return new ImageError('IMAGE_CACHE', message, { cause });
  }
}
