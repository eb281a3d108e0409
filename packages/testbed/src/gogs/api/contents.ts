import { posix } from 'node:path';
import { empty, failure, json, type Answer } from './answer.ts';
import type { RepositoryCall } from './call.ts';
import { listedName } from './listed-name.ts';
import type { Commit, TreeEntry } from '../git/objects.ts';
import type { Repository } from '../git/repository.ts';

/** `GET contents` and `GET contents/<path>`: a file as an object, a folder as an array with every file's content. */
export async function getContents(call: RepositoryCall): Promise<Answer> {
  const { git } = call.repository;
  const ref = call.query.get('ref') || 'main';
  const id = await git.resolve(ref);
  if (id === undefined) return empty(404);
  const commit = await git.commit(id);
  if (!commit) return failure();
  const path = cleanPath(call.params['*'] ?? '');
  const entry = await git.entry(commit.tree, path);
  if (typeof entry === 'string') return entry === 'absent' ? empty(404) : failure();
  if (entry.type !== 'tree') {
    const content = await contentJson(call, ref, path, commit, entry);
    return content ? json(content) : failure();
  }
  const entries = ((await git.tree(entry.id)) ?? []).map((each) => ({
    ...each,
    name: listedName(each.name),
  }));
  const contents = await Promise.all(
    entries.map((each) => contentJson(call, ref, posix.join(path, each.name), commit, each)),
  );
  return contents.includes(undefined) ? failure() : json(contents);
}

/** Backslashes are slashes and `..` cannot leave the repository, since v0.13.1. */
export function cleanPath(path: string): string {
  return trimSlashes(posix.normalize(`/${path.replaceAll('\\', '/')}`));
}

/** @returns `undefined` for what makes Gogs fail: a submodule that .gitmodules does not know. */
export async function contentJson(
  call: RepositoryCall,
  ref: string,
  path: string,
  commit: Commit,
  entry: TreeEntry,
): Promise<Record<string, unknown> | undefined> {
  const { git } = call.repository;
  const url = `${call.repositoryUrl}/contents/${path}`;
  // Only the name, not the path: wrong for everything below the root, in every version.
  const htmlUrl = `${call.htmlUrl}/src/${ref}/${entry.name}`;
  const describe = (head: Record<string, unknown>, size: number, content: string, gitUrl: string) => ({
    ...head,
    size,
    name: entry.name,
    path,
    ...(content !== '' && { content }),
    sha: entry.id,
    url,
    git_url: gitUrl,
    html_url: htmlUrl,
    download_url: `${call.htmlUrl}/raw/${ref}/${entry.name}`,
    _links: { git: gitUrl, self: url, html: htmlUrl },
  });

  if (entry.type === 'tree') {
    return describe({ type: 'dir' }, 0, '', `${call.repositoryUrl}/git/trees/${entry.id}`);
  }
  if (entry.type === 'commit') {
    const submoduleUrl = (await submodules(git, commit))?.get(path);
    if (submoduleUrl === undefined) return undefined;
    return describe({ type: 'submodule', submodule_git_url: submoduleUrl }, await git.size(entry.id), '', '');
  }
  const blob = await git.object(entry.id);
  if (!blob) return undefined;
  if (entry.mode === '120000') {
    return describe({ type: 'symlink', target: blob.content.toString('utf8') }, blob.size, '', '');
  }
  const gitUrl = `${call.repositoryUrl}/git/blobs/${entry.id}`;
  return describe({ type: 'file', encoding: 'base64' }, blob.size, blob.content.toString('base64'), gitUrl);
}

/** Paths and URLs in .gitmodules, read line by line. `undefined` where there is none or it names what is not there. */
async function submodules(git: Repository, commit: Commit): Promise<Map<string, string> | undefined> {
  const file = await git.entry(commit.tree, '.gitmodules');
  if (typeof file === 'string' || file.type !== 'blob') return undefined;
  const found = new Map<string, string>();
  let section: { path?: string; url?: string } | undefined;
  for (const line of ((await git.object(file.id))?.content.toString('utf8') ?? '').split('\n')) {
    if (line.startsWith('[submodule')) {
      section = {};
    } else if (section) {
      const [key = '', value = ''] = line.split('=').map((part) => part.trim());
      if (key === 'path' || key === 'url') section[key] = value;
      if (!section.path || !section.url) continue;
      if (typeof (await git.entry(commit.tree, section.path)) === 'string') return undefined;
      found.set(section.path, section.url);
      section = undefined;
    }
  }
  return found;
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
