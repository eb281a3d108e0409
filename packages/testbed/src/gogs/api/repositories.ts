import { posix } from 'node:path';
import { empty, failure, goTime, json, refusal, unusableBody, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { numberIn, pageLinks } from './query.ts';
import { param, type Call, type RepositoryCall } from './call.ts';
import { accessOf, atLeast, type StoredRepository, type User } from './store.ts';
import { userJson } from './users.ts';
import type { Access } from '../gogs-server.ts';

interface Permissions {
  readonly admin: boolean;
  readonly push: boolean;
  readonly pull: true;
}

const allPermissions: Permissions = { admin: true, push: true, pull: true };

export async function getRepository(call: RepositoryCall): Promise<Answer> {
  return json(await repositoryJson(call, call.repository, permissionsOf(call.access)));
}

export function createRepository(call: Call): Answer | Promise<Answer> {
  return call.user ? createFor(call, call.user) : empty(401);
}

/** Gogs answers 500 where there is no such organisation. */
export function createInOrganization(call: Call): Answer | Promise<Answer> {
  const owner = call.store.user(param(call, 'organization'));
  if (!owner?.organization) return failure();
  return owner.organization.creator === call.user ? createFor(call, owner) : empty(403);
}

async function createFor(call: Call, owner: User): Promise<Answer> {
  const read = readBody(
    call,
    { name: 'string', description: 'string', private: 'boolean', auto_init: 'boolean', readme: 'string' },
    ['name'],
  );
  if ('refused' in read) return read.refused;
  const { name, description, private: isPrivate, auto_init: autoInit, readme } = read.values;
  if (typeof name !== 'string' || /[^\w.-]/.test(name)) {
    const wrong = { fieldNames: ['Name'], classification: 'AlphaDashDotError', message: 'AlphaDashDot' };
    return unusableBody(422, [wrong]);
  }
  if (name.length > 100) {
    return unusableBody(422, [{ fieldNames: ['Name'], classification: 'MaxSizeError', message: 'MaxSize' }]);
  }
  const reserved = reservedBy(name);
  if (reserved) return refusal(422, `name is not allowed: map[${reserved} reason:reserved]`);
  // Twice the same name, and auto_init without a README template, are 500 in v0.14.
  if (call.store.repository(owner.name, name) || (autoInit && readme !== 'Default')) return failure();
  const repository = await call.store.createRepository({
    owner: owner.name,
    name,
    description: typeof description === 'string' ? description : '',
    private: isPrivate === true,
  });
  if (autoInit) {
    const { name: authorName, email } = call.user ?? owner;
    const author = { name: authorName, email };
    const files = { 'README.md': `# ${name}\n\n${repository.description}` };
    await repository.git.commitFiles({ message: 'Initial commit', files, author });
  }
  const fresh = await repositoryJson(call, repository, allPermissions);
  // The answer is made before the record is read back: what the database fills in is missing.
  const zero = '0001-01-01T00:00:00Z';
  return json(
    {
      ...fresh,
      empty: false,
      size: 0,
      watchers_count: 0,
      default_branch: '',
      created_at: zero,
      updated_at: zero,
    },
    201,
  );
}

export async function deleteRepository(call: RepositoryCall): Promise<Answer> {
  await call.store.deleteRepository(call.repository);
  return empty(204);
}

function reservedBy(name: string): string | undefined {
  if (name === '.' || name === '..') return `name:${name}`;
  const end = ['.git', '.wiki'].find((each) => name.toLowerCase().endsWith(each));
  return end === undefined ? undefined : `pattern:*${end}`;
}

/** Public repositories only, even the owner's own: unless their owner asks by `uid`. */
export async function searchRepositories(call: Call): Promise<Answer> {
  // Only what is behind the last slash counts, and of nothing Go's path.Base makes a dot.
  const keyword = posix.basename(call.query.get('q') ?? '').toLowerCase() || '.';
  const ownerId = numberIn(call.query, 'uid');
  const showPrivate = ownerId > 0 && call.user?.id === ownerId;
  const limit = numberIn(call.query, 'limit');
  const pageSize = limit <= 0 ? 10 : Math.min(limit, 50);
  const page = Math.max(1, numberIn(call.query, 'page'));
  const found = call.store
    .repositories()
    .filter((each) => showPrivate || !each.private)
    .filter((each) => ownerId <= 0 || each.owner.id === ownerId)
    .filter(({ name, description }) => `${name}\n${description}`.toLowerCase().includes(keyword));
  const shown = found.slice((page - 1) * pageSize, page * pageSize);
  const data = await Promise.all(shown.map((each) => repositoryJson(call, each)));
  const answer = json({ data, ok: true });
  const links = pageLinks(`${call.baseUrl}${call.link}`, page, Math.ceil(found.length / pageSize));
  return links ? { ...answer, headers: { ...answer.headers, Link: links } } : answer;
}

/** Of a user or an organisation: what the caller may know of. */
export async function listRepositoriesOf(call: Call): Promise<Answer> {
  const owner = call.store.user(param(call, 'owner'));
  if (!owner) return empty(404);
  if (owner === call.user) return listOwnRepositories(call);
  const seen = call.store
    .repositories()
    .filter((each) => each.owner === owner)
    .filter((each) => !each.private || owner.organization?.creator === call.user);
  // Whoever asks is told that everything is allowed.
  return json(await Promise.all(seen.map((each) => repositoryJson(call, each, allPermissions))));
}

/** The caller's own repositories, then those others share with the caller. */
export async function listOwnRepositories(call: Call): Promise<Answer> {
  const { user } = call;
  if (!user) return empty(401);
  const all = call.store.repositories();
  const own = all.filter(({ owner }) => owner === user);
  const shared = all.filter(({ collaborators }) => collaborators.has(user));
  return json([
    ...(await Promise.all(own.map((each) => repositoryJson(call, each, allPermissions)))),
    ...(await Promise.all(
      shared.map((each) => repositoryJson(call, each, permissionsOf(accessOf(user, each, false)))),
    )),
  ]);
}

export function permissionsOf(access: Access | 'none' | 'owner'): Permissions {
  return { admin: atLeast(access, 'admin'), push: atLeast(access, 'write'), pull: true };
}

export async function repositoryJson(
  call: Call,
  repository: StoredRepository,
  permissions?: Permissions,
): Promise<Record<string, unknown>> {
  const fullName = `${repository.owner.name}/${repository.name}`;
  const { host, hostname } = new URL(call.baseUrl);
  const isEmpty = (await repository.git.branches()).length === 0;
  return {
    id: repository.id,
    owner: userJson(call, repository.owner),
    name: repository.name,
    full_name: fullName,
    description: repository.description,
    private: repository.private,
    fork: false,
    parent: null,
    empty: isEmpty,
    mirror: repository.mirrorOf !== undefined,
    size: isEmpty ? 0 : await repository.git.bytesOnDisk(),
    html_url: `${call.baseUrl}/${fullName}`,
    ssh_url: `git@${hostname}:${fullName}.git`,
    clone_url: `http://${host}/${fullName}.git`,
    website: '',
    stars_count: 0,
    forks_count: 0,
    watchers_count: 1,
    open_issues_count: repository.records.issues.filter(({ closed }) => !closed).length,
    default_branch: 'main',
    created_at: goTime(repository.created),
    updated_at: goTime(repository.updated),
    ...(permissions && { permissions }),
  };
}

export function listCollaborators(call: RepositoryCall): Answer {
  return json(
    [...call.repository.collaborators].map(([user, access]) => ({
      ...userJson(call, user),
      permissions: permissionsOf(access),
    })),
  );
}

export function isCollaborator(call: RepositoryCall): Answer {
  const user = call.store.user(param(call, 'collaborator'));
  if (!user) return empty(422);
  return empty(call.repository.collaborators.has(user) ? 204 : 404);
}

export function putCollaborator(call: RepositoryCall): Answer {
  const read = readBody(call, { permission: 'string' }, []);
  if ('refused' in read) return read.refused;
  const user = call.store.user(param(call, 'collaborator'));
  if (!user) return empty(422);
  const asked = read.values['permission'];
  const before = call.repository.collaborators.get(user);
  const access =
    asked === undefined ? (before ?? 'write') : asked === 'admin' || asked === 'write' ? asked : 'read';
  call.repository.collaborators.set(user, access);
  return empty(204);
}

export function deleteCollaborator(call: RepositoryCall): Answer {
  const user = call.store.user(param(call, 'collaborator'));
  if (!user) return empty(422);
  call.repository.collaborators.delete(user);
  return empty(204);
}
