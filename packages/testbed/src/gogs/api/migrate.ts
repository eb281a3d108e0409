import { empty, failure, json, refusal, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { repositoryJson } from './repositories.ts';
import type { Call, RepositoryCall } from './call.ts';

const fields = {
  clone_addr: 'string',
  uid: 'number',
  repo_name: 'string',
  mirror: 'boolean',
  private: 'boolean',
  description: 'string',
} as const;

interface Values {
  readonly clone_addr: string;
  readonly uid: number;
  readonly repo_name: string;
  readonly mirror?: boolean;
  readonly private?: boolean;
  readonly description?: string;
}

/** `POST repos/migrate`: copies a repository from an http(s) address, for the caller only. */
export async function migrateRepository(call: Call): Promise<Answer> {
  const read = readBody(call, fields, ['clone_addr', 'uid', 'repo_name']);
  if ('refused' in read) return read.refused;
  const { user } = call;
  if (!user) return empty(401);
  const { clone_addr: url, uid, repo_name: name, ...rest } = read.values as unknown as Values;
  if (uid !== user.id) return refusal(403, 'Given user is not an organization.');
  if (!/^https?:\/\//.test(url)) return refusal(422, 'You are not allowed to import local repositories.');
  if (call.store.repository(user.name, name)) return failure();
  const { mirror, private: isPrivate = false, description = '' } = rest;
  const fresh = { owner: user.name, name, private: isPrivate, description };
  const repository = await call.store.createRepository(fresh, mirror ? url : undefined);
  await repository.git.fetchAll(url);
  const permissions = { admin: true, push: true, pull: true } as const;
  return json(await repositoryJson(call, repository, permissions), 201);
}

/** Gogs answers first and fetches later; here it is done by then, which nobody can tell from luck. */
export async function syncMirror({ repository }: RepositoryCall): Promise<Answer> {
  if (repository.mirrorOf === undefined) return empty(404);
  await repository.git.fetchAll(repository.mirrorOf);
  return empty(202);
}
