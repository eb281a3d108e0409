import { empty, type Answer } from './answer.ts';
import { getArchive } from './archive.ts';
import type { Handler, RepositoryCall, RepositoryHandler } from './call.ts';
import { getCommit, getBranch, getReferenceId, listBranches, listCommits, listTags } from './commits.ts';
import { getContents } from './contents.ts';
import { createDeployKey, deleteDeployKey, getDeployKey, listDeployKeys } from './deploy-keys.ts';
import { getBlob, getTree } from './git-data.ts';
import { createHook, deleteHook, editHook, listHooks } from './hooks.ts';
import {
  createComment,
  deleteComment,
  editComment,
  listAllComments,
  listIssueComments,
} from './issue-comments.ts';
import { createIssue, editIssue, getIssue, listIssues } from './issues.ts';
import {
  addIssueLabels,
  clearIssueLabels,
  createLabel,
  deleteIssueLabel,
  deleteLabel,
  editLabel,
  getLabel,
  listIssueLabels,
  listLabels,
  replaceIssueLabels,
} from './labels.ts';
import { renderMarkdown, renderRawMarkdown } from './markdown.ts';
import { migrateRepository, syncMirror } from './migrate.ts';
import {
  createMilestone,
  deleteMilestone,
  editMilestone,
  getMilestone,
  listMilestones,
} from './milestones.ts';
import {
  createOrganization,
  editOrganization,
  getOrganization,
  listOrganizationsOf,
  listOwnOrganizations,
  listTeams,
} from './organizations.ts';
import { putContents } from './put-contents.ts';
import { getRaw } from './raw.ts';
import { listReleases } from './releases.ts';
import {
  createInOrganization,
  createRepository,
  deleteCollaborator,
  deleteRepository,
  getRepository,
  isCollaborator,
  listCollaborators,
  listOwnRepositories,
  listRepositoriesOf,
  putCollaborator,
  searchRepositories,
} from './repositories.ts';
import { createToken, getOwnUser, getUser, listTokens, searchUsers } from './users.ts';
import { accessOf, atLeast } from './store.ts';
import type { Access } from '../gogs-server.ts';

interface Route {
  readonly method: string;
  /** `:name` takes one part of the path as it was sent, `*` the rest, at least one part. */
  readonly parts: readonly string[];
  readonly needs: 'nothing' | 'token' | 'password';
  readonly handle: Handler;
}

const route = (method: string, path: string, needs: Route['needs'], handle: Handler): Route => ({
  method,
  parts: path.split('/').filter((part) => part !== ''),
  needs,
  handle,
});

/** Finds the repository first: who may not read it learns nothing of it. */
const ofRepository =
  (handle: RepositoryHandler, needed: Access | 'owner' = 'read'): Handler =>
  (call): Answer | Promise<Answer> => {
    const { owner = '', name = '' } = call.params;
    const repository = call.store.repository(owner, name);
    if (!repository) return empty(404);
    const access = accessOf(call.user, repository, call.by === 'token');
    if (access === 'none') return empty(404);
    if (!atLeast(access, needed)) return empty(403);
    const repositoryCall: RepositoryCall = {
      ...call,
      repository,
      access,
      repositoryUrl: `${call.baseUrl}/api/v1/repos/${owner}/${name}`,
      htmlUrl: `${call.baseUrl}/${repository.owner.name}/${repository.name}`,
    };
    return handle(repositoryCall);
  };

const repository = (
  method: string,
  path: string,
  handle: RepositoryHandler,
  needed?: Access | 'owner',
  needs: Route['needs'] = 'token',
): Route => route(method, `repos/:owner/:name${path}`, needs, ofRepository(handle, needed));

/** Below /api/v1; the first that fits is taken. */
const routes: readonly Route[] = [
  route('POST', 'markdown', 'nothing', renderMarkdown),
  route('POST', 'markdown/raw', 'nothing', renderRawMarkdown),
  route('GET', 'users/search', 'nothing', searchUsers),
  route('GET', 'users/:user', 'nothing', getUser),
  route('GET', 'users/:owner/repos', 'token', listRepositoriesOf),
  route('GET', 'users/:user/orgs', 'nothing', listOrganizationsOf),
  route('GET', 'user/orgs', 'token', listOwnOrganizations),
  route('POST', 'user/orgs', 'token', createOrganization),
  route('GET', 'orgs/:owner/repos', 'token', listRepositoriesOf),
  route('POST', 'org/:organization/repos', 'token', createInOrganization),
  route('GET', 'orgs/:organization', 'token', getOrganization),
  route('PATCH', 'orgs/:organization', 'token', editOrganization),
  route('GET', 'orgs/:organization/teams', 'token', listTeams),
  route('GET', 'users/:user/tokens', 'password', listTokens),
  route('POST', 'users/:user/tokens', 'password', createToken),
  route('GET', 'user', 'token', getOwnUser),
  route('GET', 'user/repos', 'token', listOwnRepositories),
  route('POST', 'user/repos', 'token', createRepository),
  route('GET', 'repos/search', 'nothing', searchRepositories),
  route('POST', 'repos/migrate', 'token', migrateRepository),
  repository('GET', '', getRepository, 'read', 'nothing'),
  repository('DELETE', '', deleteRepository, 'owner'),
  repository('GET', '/releases', listReleases, 'read', 'nothing'),
  repository('POST', '/mirror-sync', syncMirror, 'admin'),
  repository('GET', '/hooks', listHooks, 'admin'),
  repository('POST', '/hooks', createHook, 'admin'),
  repository('PATCH', '/hooks/:id', editHook, 'admin'),
  repository('DELETE', '/hooks/:id', deleteHook, 'admin'),
  repository('GET', '/keys', listDeployKeys, 'admin'),
  repository('POST', '/keys', createDeployKey, 'admin'),
  repository('GET', '/keys/:id', getDeployKey, 'admin'),
  repository('DELETE', '/keys/:id', deleteDeployKey, 'admin'),
  repository('GET', '/issues', listIssues),
  repository('POST', '/issues', createIssue),
  repository('GET', '/issues/comments', listAllComments),
  repository('PATCH', '/issues/comments/:id', editComment),
  repository('GET', '/issues/:number', getIssue),
  repository('PATCH', '/issues/:number', editIssue),
  repository('GET', '/issues/:number/comments', listIssueComments),
  repository('POST', '/issues/:number/comments', createComment),
  repository('PATCH', '/issues/:number/comments/:id', editComment),
  repository('DELETE', '/issues/:number/comments/:id', deleteComment),
  repository('GET', '/issues/:number/labels', listIssueLabels),
  repository('POST', '/issues/:number/labels', addIssueLabels, 'write'),
  repository('PUT', '/issues/:number/labels', replaceIssueLabels, 'write'),
  repository('DELETE', '/issues/:number/labels', clearIssueLabels, 'write'),
  repository('DELETE', '/issues/:number/labels/:id', deleteIssueLabel, 'write'),
  repository('GET', '/labels', listLabels),
  repository('POST', '/labels', createLabel, 'write'),
  repository('GET', '/labels/:id', getLabel),
  repository('PATCH', '/labels/:id', editLabel, 'write'),
  repository('DELETE', '/labels/:id', deleteLabel, 'write'),
  repository('GET', '/milestones', listMilestones),
  repository('POST', '/milestones', createMilestone, 'write'),
  repository('GET', '/milestones/:id', getMilestone),
  repository('PATCH', '/milestones/:id', editMilestone, 'write'),
  repository('DELETE', '/milestones/:id', deleteMilestone, 'write'),
  repository('GET', '/collaborators', listCollaborators, 'admin'),
  repository('GET', '/collaborators/:collaborator', isCollaborator, 'admin'),
  repository('PUT', '/collaborators/:collaborator', putCollaborator, 'admin'),
  repository('DELETE', '/collaborators/:collaborator', deleteCollaborator, 'admin'),
  repository('GET', '/raw/*', getRaw),
  repository('GET', '/contents', getContents),
  repository('GET', '/contents/*', getContents),
  repository('PUT', '/contents/*', putContents, 'write'),
  repository('GET', '/archive/*', getArchive),
  repository('GET', '/git/trees/:sha', getTree),
  repository('GET', '/git/blobs/:sha', getBlob),
  repository('GET', '/tags', listTags),
  repository('GET', '/branches', listBranches),
  repository('GET', '/branches/*', getBranch),
  repository('GET', '/commits', listCommits),
  repository('GET', '/commits/:sha', getCommit),
  repository('GET', '/commits/*', getReferenceId),
];

/** @param rawParts the parts of the path below /api/v1 as sent; each is decoded once, after the route is chosen. */
export function findRoute(
  method: string,
  rawParts: readonly string[],
): { readonly route: Route; readonly params: Record<string, string> } | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const candidate of routes) {
    const params = candidate.method === wanted ? match(candidate.parts, rawParts) : undefined;
    if (params) return { route: candidate, params };
  }
  return undefined;
}

function match(parts: readonly string[], rawParts: readonly string[]): Record<string, string> | undefined {
  const hasRest = parts.at(-1) === '*';
  if (hasRest ? rawParts.length < parts.length : rawParts.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const raw = rawParts[index] ?? '';
    if (part === '*') params['*'] = decodePart(rawParts.slice(index).join('/'));
    else if (part.startsWith(':')) params[part.slice(1)] = decodePart(raw);
    else if (part !== raw) return undefined;
  }
  return params;
}

/** Percent-decoding that leaves `+` alone and takes bytes that are not UTF-8, as Go's PathUnescape does. */
export function decodePart(raw: string): string {
  const bytes = raw.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
