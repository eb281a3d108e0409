import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { adler, contentNumber } from '../python/sealed.ts';
import { PathFilter, type FilterOptions } from './filter.ts';

export interface LocalFile {
  /** From the synced directory, with `/` between names. */
  path: string;
  size: number;
  /** See {@link contentNumber}. */
  digest: number;
  content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface LocalTree {
  files: LocalFile[];
  /** Parents first, without the root. */
  directories: string[];
  filter: PathFilter;
  /** Links that lead nowhere, or in circles. */
  skipped: string[];
  /** Directories that hold what does not take part. */
  occupied: Set<string>;
}

/** All that is to be copied, with hashes, in the order of the paths. Links are followed; sockets and the like left out. */
export async function readLocalTree(
  root: string,
  options: FilterOptions,
  signal?: AbortSignal,
): Promise<LocalTree> {
  const filter = PathFilter.ofTree(await readIgnoreFile(root), options);
  const tree: LocalTree = { files: [], directories: [], filter, skipped: [], occupied: new Set() };
  const visit = async (directory: string, above: readonly string[]): Promise<void> => {
    const inside = [...above, await realpath(join(root, directory))];
    const entries = await readdir(join(root, directory), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      signal?.throwIfAborted();
      const path = directory ? `${directory}/${entry.name}` : entry.name;
      // Before anything is asked of it: what is excluded may be a link that leads nowhere.
      const isOut = filter.matches(path, entry.isDirectory());
      const kind = isOut ? undefined : await kindOf(join(root, path));
      if (isOut || (kind && filter.matches(path, kind.isDirectory()))) {
        tree.occupied.add(directory);
      } else if (kind?.isFile()) {
        tree.files.push(await localFile(root, path, signal));
      } else if (kind?.isDirectory() && !inside.includes(await realpath(join(root, path)))) {
        tree.directories.push(path);
        await visit(path, inside);
      } else {
        // With a slash behind it, a pattern is for directories, and nobody knows what this was to be.
        if ((!kind || kind.isDirectory()) && !filter.matches(path, true)) tree.skipped.push(path);
        tree.occupied.add(directory);
      }
    }
  };
  await visit('', []);
  return tree;
}

/** Behind links; `undefined` where they lead nowhere. */
async function kindOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (/^(ENOENT|ELOOP)$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

async function localFile(root: string, path: string, signal: AbortSignal | undefined): Promise<LocalFile> {
  const file = join(root, path);
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(createReadStream(file), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      hash.update(chunk);
      size += chunk.length;
    }
  });
  return {
    path,
    size,
    digest: contentNumber(hash.digest()),
    content: () => createReadStream(file) as AsyncIterable<Uint8Array>,
  };
}

async function readIgnoreFile(root: string): Promise<string> {
  try {
    return await readFile(join(root, '.otaignore'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The same, with the checksum of boards without hashlib. */
export async function summedTree(tree: LocalTree): Promise<LocalTree> {
  return { ...tree, files: await Promise.all(tree.files.map(summed)) };
}

async function summed(file: LocalFile): Promise<LocalFile> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.content()) pieces.push(piece);
  return { ...file, digest: adler(Buffer.concat(pieces)) };
}
