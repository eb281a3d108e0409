import { failure, json, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type RepositoryCall } from './call.ts';
import { commitJson } from './commits.ts';
import { cleanPath, contentJson } from './contents.ts';
import { GitFailedError } from '../errors.ts';
import type { TreeEntry } from '../git/objects.ts';
import type { Repository } from '../git/repository.ts';

/**
 * `PUT contents/<path>`: one commit with one file, on the default branch or on a new branch made from it. No lock,
 * no expected id: the last one wins. A branch that exists already is a 500 (gogs#8189).
 */
export async function putContents(call: RepositoryCall): Promise<Answer> {
  const read = readBody(call, { message: 'string', content: 'string', branch: 'string' }, [
    'message',
    'content',
  ]);
  if ('refused' in read) return read.refused;
  const { message, content: encoded, branch: asked } = read.values;
  const content = decodeBase64(String(encoded));
  const path = cleanPath(param(call, '*'));
  const branch = typeof asked === 'string' && asked !== '' ? asked : 'main';
  const text = stripSpace(String(message));
  if (!content || text === '' || path.split('/').some((part) => part.toLowerCase() === '.git'))
    return failure();

  const { git } = call.repository;
  try {
    const id = await write(call, git, branch, path, text, content);
    const commit = id === undefined ? undefined : await git.commit(id);
    const entry = commit && (await git.entry(commit.tree, path));
    if (!entry || typeof entry === 'string') return failure();
    call.repository.updated = new Date();
    const shown = await contentJson(call, branch, path, commit, entry);
    return json({ commit: commitJson(call, commit), content: shown }, 201);
  } catch (error) {
    if (error instanceof GitFailedError) return failure();
    throw error;
  }
}

/** @returns the commit the branch has then, or `undefined` where Gogs would refuse. */
async function write(
  call: RepositoryCall,
  git: Repository,
  branch: string,
  path: string,
  message: string,
  content: Buffer,
): Promise<string | undefined> {
  const base = await git.ref('refs/heads/main');
  const commit = base === undefined ? undefined : await git.commit(base);
  if (!commit || (branch !== 'main' && (await isTaken(git, branch)))) return undefined;
  const place = await placeFor(git, commit.tree, path);
  if (place === 'taken') return undefined;
  const before = place && (await git.object(place.id));
  if (before?.content.equals(content)) {
    if (branch !== 'main') await git.setBranch(branch, commit.id);
    return commit.id;
  }
  const file = place?.mode === '100755' ? { executable: content } : content;
  const { name, email } = call.user ?? call.repository.owner;
  return git.commitFiles({
    branch,
    from: commit.id,
    message,
    files: { [path]: file },
    author: { name, email },
  });
}

/** The push that makes a branch fails for a tag of the same name, too. */
async function isTaken(git: Repository, branch: string): Promise<boolean> {
  const refs = await Promise.all([git.ref(`refs/heads/${branch}`), git.ref(`refs/tags/${branch}`)]);
  return refs.some((id) => id !== undefined);
}

/** What `git commit` makes of a message: no blanks at line ends, no blank lines but single ones inside. */
function stripSpace(message: string): string {
  const lines = message.split('\n').map((line) => line.trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** The file that is there, nothing, or `taken`: by a folder, by a symlink on the way, by a file that would be a folder. */
async function placeFor(
  git: Repository,
  tree: string,
  path: string,
): Promise<TreeEntry | undefined | 'taken'> {
  const parts = path.split('/');
  for (let length = 1; length <= parts.length; length++) {
    const entry = await git.entry(tree, parts.slice(0, length).join('/'));
    if (entry === 'absent') return undefined;
    if (entry === 'broken') return 'taken';
    const isLast = length === parts.length;
    const isFile = entry.type === 'blob' && entry.mode !== '120000';
    if (isLast) return isFile ? entry : 'taken';
    if (entry.type !== 'tree') return 'taken';
  }
  return 'taken';
}

/** Standard base64 with padding, line breaks allowed: what Go's decoder takes. */
function decodeBase64(encoded: string): Buffer | undefined {
  const joined = encoded.replace(/[\r\n]/g, '');
  const isValid = joined.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(joined);
  return isValid ? Buffer.from(joined, 'base64') : undefined;
}
