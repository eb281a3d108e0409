import { empty, failure, goTime, json, refusal, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type RepositoryCall } from './call.ts';
import { removeFrom, type DeployKey } from './records.ts';

export function listDeployKeys(call: RepositoryCall): Answer {
  return json(call.repository.records.deployKeys.map((key) => keyJson(call, key)));
}

export function getDeployKey(call: RepositoryCall): Answer {
  const key = find(call);
  return key ? json(keyJson(call, key)) : empty(404);
}

/** A key or title in use is a 500: Gogs wraps the error it would know. */
export function createDeployKey(call: RepositoryCall): Answer {
  const read = readBody(call, { title: 'string', key: 'string' }, ['title', 'key']);
  if ('refused' in read) return read.refused;
  const { title, key } = read.values as { title: string; key: string };
  if (!/^(ssh|ecdsa)-\S+ [A-Za-z0-9+/=]+( |$)/.test(key)) {
    return refusal(422, 'Invalid key content: %v: illegal base64 data');
  }
  const { records } = call.repository;
  if (records.deployKeys.some((each) => each.title === title || each.key === key)) return failure();
  const made = { id: records.nextId(), title, key, created: new Date() };
  records.deployKeys.push(made);
  return json(keyJson(call, made), 201);
}

export function deleteDeployKey(call: RepositoryCall): Answer {
  const key = find(call);
  removeFrom(call.repository.records.deployKeys, key);
  return empty(key ? 204 : 404);
}

function find(call: RepositoryCall): DeployKey | undefined {
  const wanted = param(call, 'id');
  return call.repository.records.deployKeys.find(({ id }) => String(id) === wanted);
}

function keyJson(call: RepositoryCall, { id, title, key, created }: DeployKey): Record<string, unknown> {
  const { owner, name } = call.repository;
  const url = `${call.baseUrl}/api/v1/repos/${owner.name}/${name}/keys/${id}`;
  return { id, key, url, title, created_at: goTime(created), read_only: true };
}
