import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where programs keep what they can get again, by the platform's convention. */
export function defaultCacheDirectory(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'ota', 'firmware');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'ota', 'firmware');
  return join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'ota', 'firmware');
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

  read(fileName: string): Promise<Buffer | undefined> {
    return readIfThere(this.path(fileName));
  }

  /** The hash that was seen first, which outlives the image itself. */
  async pinned(fileName: string): Promise<string | undefined> {
    return (await readIfThere(this.path(`${fileName}.sha256`)))?.toString('utf8').trim();
  }

  async store(fileName: string, bytes: Uint8Array, sha256: string): Promise<void> {
    await this.#put(`${fileName}.sha256`, `${sha256}\n`);
    await this.#put(fileName, bytes);
  }

  async discard(fileName: string): Promise<void> {
    await rm(this.path(fileName), { force: true });
  }

  async #put(name: string, content: Uint8Array | string): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const temporary = this.path(`.${name}.${randomUUID()}`);
    try {
      await writeFile(temporary, content);
      await rename(temporary, this.path(name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
