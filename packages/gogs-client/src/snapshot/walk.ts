import { GogsRefusedPathError } from '../errors.ts';
import type { GitDataApi, GitTreeEntry } from '../endpoints/git-data.ts';
import type { CallOptions } from '../options.ts';
import { inParallel } from './in-parallel.ts';

export interface WalkOptions extends CallOptions {
  /** Folders asked for at a time. Default 4. */
  readonly concurrency?: number;
  /** Default 100 000 entries. */
  readonly maxEntries?: number;
  /** Default 200 levels. */
  readonly maxDepth?: number;
}

export interface Root {
  readonly owner: string;
  readonly repo: string;
  /** A full commit id. */
  readonly commit: string;
  /** A folder; empty for the root. */
  readonly path: string;
}

/**
 * Everything below a folder, with one request per folder; paths are relative to it and in order. Gogs has no
 * recursive listing.
 *
 * @throws GogsRefusedPathError beyond `maxEntries` or `maxDepth`: a small repository can hold a tree of any size.
 */
export async function walk(git: GitDataApi, root: Root, options: WalkOptions): Promise<GitTreeEntry[]> {
  const { concurrency = 4, maxEntries = 100_000, maxDepth = 200, signal } = options;
  const found: GitTreeEntry[] = [];
  const folders: { readonly path: string; readonly depth: number; readonly sha?: string }[] = [
    { path: '', depth: 1 },
  ];
  await inParallel(folders, concurrency, signal, async (folder, stop) => {
    const call = { ...options, signal: stop };
    const entries =
      folder.sha === undefined
        ? await git.tree(root.owner, root.repo, root.commit, { ...call, path: root.path })
        : await git.tree(root.owner, root.repo, folder.sha, { ...call, path: '' });
    if (found.length + entries.length > maxEntries || folder.depth > maxDepth) {
      const limit = folder.depth > maxDepth ? `${maxDepth} levels` : `${maxEntries} entries`;
      throw new GogsRefusedPathError('too-many', [folder.path], `${folder.path}: more than ${limit}`);
    }
    for (const entry of entries) {
      const path = folder.path === '' ? entry.path : `${folder.path}/${entry.path}`;
      found.push({ ...entry, path });
      if (entry.type === 'tree') folders.push({ path, depth: folder.depth + 1, sha: entry.sha });
    }
  });
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}
