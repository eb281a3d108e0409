import { empty, failure, json, type Answer } from './answer.ts';
import { param, type RepositoryCall } from './call.ts';
import { listedName } from './listed-name.ts';

/** `GET git/trees/<revision>`: one level. Every blob has mode 120000, whatever it is. */
export async function getTree(call: RepositoryCall): Promise<Answer> {
  const { git } = call.repository;
  const sha = param(call, 'sha');
  const id = await git.resolve(sha);
  if (id === undefined) return empty(404);
  if (!/^[0-9a-f]{40}$/.test(id)) return empty(500); // Gogs panics here
  const entries = await git.tree(id);
  if (!entries) return failure();
  const treesUrl = `${call.repositoryUrl}/git/trees`;
  const tree = await Promise.all(
    entries.map(async (entry) => ({
      path: listedName(entry.name),
      mode: { blob: '120000', tree: '040000', commit: '160000' }[entry.type],
      type: entry.type,
      size: entry.type === 'tree' ? 0 : await git.size(entry.id),
      sha: entry.id,
      url: `${treesUrl}/${entry.id}`,
    })),
  );
  return json({ sha, url: `${treesUrl}/${sha}`, tree: tree.length === 0 ? null : tree });
}

/** `GET git/blobs/<revision>`: `sha` is what was asked for, not what was found. */
export async function getBlob(call: RepositoryCall): Promise<Answer> {
  const sha = param(call, 'sha');
  const id = await call.repository.git.resolve(sha);
  if (id === undefined) return empty(404);
  const blob = await call.repository.git.object(id);
  if (blob?.type !== 'blob') return failure();
  return json({
    content: blob.content.toString('base64'),
    encoding: 'base64',
    url: `${call.repositoryUrl}/git/blobs/${sha}`,
    sha,
    size: blob.size,
  });
}
