import { posix } from 'node:path';
import { empty, failure, pageNotFound, type Answer } from './answer.ts';
import { param, type RepositoryCall } from './call.ts';
import { sniffContentType } from './sniff.ts';
import type { Commit } from '../git/objects.ts';
import type { Repository } from '../git/repository.ts';

/** `GET raw/<ref>/<path>`: the bytes, as a download where they are neither text nor an image. */
export async function getRaw(call: RepositoryCall): Promise<Answer> {
  const { git } = call.repository;
  const place = await findPlace(git, param(call, '*'));
  if (place === 'empty repository') return empty(404);
  if (place === 'unknown ref') return pageNotFound();
  if (place.path.startsWith('/')) return failure();
  const path = place.path === '' ? '' : posix.normalize(place.path).replace(/\/$/, '');
  const entry = await git.entry(place.commit.tree, path);
  if (entry === 'absent') return empty(404);
  if (entry === 'broken' || entry.type !== 'blob' || entry.mode === '120000') return failure();
  const blob = await git.object(entry.id);
  const changed = await git.lastChange(place.commit.id, path);
  if (!blob || !changed) return failure();

  const contentType = sniffContentType(blob.content);
  const isDownload = !contentType.startsWith('text/') && !contentType.startsWith('image/');
  return {
    status: 200,
    headers: {
      ...(isDownload && {
        'Content-Disposition': `attachment; filename="${Buffer.from(entry.name).toString('latin1')}"`,
        'Content-Transfer-Encoding': 'binary',
      }),
      'Last-Modified': changed.committer.date.toUTCString(),
      'Content-Type': contentType,
    },
    body: blob.content,
  };
}

/** The shortest start of the path that is a branch or a tag; else its first part, if that is a full commit id. */
async function findPlace(
  git: Repository,
  rest: string,
): Promise<{ commit: Commit; path: string } | 'empty repository' | 'unknown ref'> {
  const { branches, tags } = await git.branchesAndTags();
  if (branches.length === 0) return 'empty repository';
  const parts = rest.split('/');
  for (let length = 1; length <= parts.length; length++) {
    const name = parts.slice(0, length).join('/').replace(/^\//, '');
    const ref = branches.find((each) => each.name === name) ?? tags.find((each) => each.name === name);
    const commit = ref && (await git.commit(ref.id));
    if (commit) return { commit, path: parts.slice(length).join('/') };
  }
  const [first = ''] = parts;
  const id = first.length === 40 ? await git.resolve(first) : undefined;
  const commit = id === undefined ? undefined : await git.commit(id);
  return commit ? { commit, path: parts.slice(1).join('/') } : 'unknown ref';
}
