import { empty, failure, failureText, goTime, json, jsonText, plainText, type Answer } from './answer.ts';
import { param, type RepositoryCall } from './call.ts';
import { numberIn } from './query.ts';
import { userJson } from './users.ts';
import { GitFailedError } from '../errors.ts';
import type { Commit, Signature } from '../git/objects.ts';
import type { Ref } from '../git/repository.ts';

export async function listBranches(call: RepositoryCall): Promise<Answer> {
  const branches = await call.repository.git.branches();
  return branches.length === 0 ? failure() : listRefs(call, branches);
}

/** One tag that leads to no commit spoils the list. */
export async function listTags(call: RepositoryCall): Promise<Answer> {
  return listRefs(call, await call.repository.git.tags());
}

async function listRefs(call: RepositoryCall, refs: readonly Ref[]): Promise<Answer> {
  const listed = await Promise.all(refs.map((ref) => refJson(call, ref)));
  return listed.includes(undefined) ? failure() : json(listed);
}

export async function getBranch(call: RepositoryCall): Promise<Answer> {
  const name = param(call, '*');
  const id = await call.repository.git.ref(`refs/heads/${name}`);
  if (id === undefined) return empty(404);
  return json(await refJson(call, { name, id }));
}

/** `GET commits`: the default branch from its end, `pageSize` of them. */
export async function listCommits(call: RepositoryCall): Promise<Answer> {
  const pageSize = numberIn(call.query, 'pageSize') || 30;
  if (pageSize < 0) return empty(500); // Gogs panics here
  try {
    const ids = await call.repository.git.history(pageSize);
    return json(await Promise.all(ids.map((id) => commitAt(call, id))));
  } catch (error) {
    if (!(error instanceof GitFailedError)) throw error;
    return jsonText(`${failureText}[]`, 500); // a missing return: both answers go out, one after the other
  }
}

/** `GET commits/<revision>`; with the right Accept header only the id of a branch or tag, as text. */
export async function getCommit(call: RepositoryCall): Promise<Answer> {
  const revision = param(call, 'sha');
  if (call.headers.accept?.includes('application/vnd.gogs.sha')) return referenceId(call, revision);
  const id = await call.repository.git.resolve(revision);
  if (id === undefined) return empty(404);
  const commit = await commitAt(call, id);
  return commit ? json(commit) : failure();
}

/** `GET commits/<a>/<b>`: with a slash in the ref the answer is the id as text, whatever is accepted. */
export function getReferenceId(call: RepositoryCall): Promise<Answer> {
  return referenceId(call, param(call, '*'));
}

async function referenceId(call: RepositoryCall, name: string): Promise<Answer> {
  const { git } = call.repository;
  if (/^refs\/(?:heads|tags)\//.test(name)) {
    const id = await git.ref(name);
    return id === undefined ? failure() : plainText(id); // a missing ref is not mapped to 404 here
  }
  const id = (await git.ref(`refs/heads/${name}`)) ?? (await git.ref(`refs/tags/${name}`));
  return id === undefined ? empty(404) : plainText(id);
}

async function commitAt(call: RepositoryCall, id: string): Promise<Record<string, unknown> | undefined> {
  const commit = await call.repository.git.commit(id);
  return commit && commitJson(call, commit);
}

export function commitJson(call: RepositoryCall, commit: Commit): Record<string, unknown> {
  const url = `${call.baseUrl}${call.link}`;
  const apiUrl = `${call.baseUrl}/api/v1/repos/${call.repository.owner.name}/${call.repository.name}`;
  const signed = ({ name, email, date }: Signature) => ({ name, email, date: goTime(date) });
  const account = ({ email }: Signature) => {
    const user = call.store.userByEmail(email);
    return user ? userJson(call, user) : null;
  };
  return {
    url,
    sha: commit.id,
    html_url: `${call.htmlUrl}/commits/${commit.id}`,
    commit: {
      url,
      author: signed(commit.author),
      committer: signed(commit.committer),
      message: commit.message.split('\n')[0],
      tree: { url: `${apiUrl}/tree/${commit.id}`, sha: commit.id }, // the commit's id, not the tree's
    },
    author: account(commit.author),
    committer: account(commit.committer),
    parents: commit.parents.map((sha) => ({ url: `${apiUrl}/commits/${sha}`, sha })),
  };
}

async function refJson(
  call: RepositoryCall,
  { name, id }: Ref,
): Promise<Record<string, unknown> | undefined> {
  const commit = await call.repository.git.commit(id);
  if (!commit) return undefined;
  const person = ({ name: fullName, email }: Signature) => ({
    name: fullName,
    email,
    username: call.store.userByEmail(email)?.name ?? '',
  });
  return {
    name,
    commit: {
      id: commit.id,
      message: commit.message,
      url: 'Not implemented',
      author: person(commit.author),
      committer: person(commit.committer),
      added: null,
      removed: null,
      modified: null,
      timestamp: goTime(commit.author.date),
    },
  };
}
