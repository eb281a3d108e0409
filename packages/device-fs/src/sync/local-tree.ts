import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
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
}

/** All that is to be copied, with hashes, in the order of the paths. Links are followed; sockets and the like left out. */
export async function readLocalTree(
  root: string,
  options: FilterOptions,
  signal?: AbortSignal,
): Promise<LocalTree> {
  const filter = PathFilter.ofTree(await readIgnoreFile(root), options);
  const files: LocalFile[] = [];
  const directories: string[] = [];
  const visit = async (directory: string): Promise<void> => {
    const names = await readdir(join(root, directory));
    for (const name of names.sort()) {
      signal?.throwIfAborted();
      const path = directory ? `${directory}/${name}` : name;
      const kind = await stat(join(root, path));
      if (filter.matches(path, kind.isDirectory())) continue;
      if (kind.isDirectory()) {
        directories.push(path);
        await visit(path);
      } else if (kind.isFile()) {
        files.push(await localFile(root, path, signal));
      }
    }
  };
  await visit('');
  return { files, directories, filter };
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
