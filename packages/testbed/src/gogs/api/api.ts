import type { IncomingHttpHeaders } from 'node:http';
import { empty, failure, pageNotFound, type Answer } from './answer.ts';
import type { Call } from './call.ts';
import { decodePart, findRoute } from './routes.ts';
import type { Store, User } from './store.ts';
import { GitFailedError } from '../errors.ts';

export interface ApiRequest {
  readonly method: string;
  /** As sent, with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers as Gogs v0.14.3 does. @throws what is a mistake of ours. */
export async function answerRequest(store: Store, baseUrl: string, request: ApiRequest): Promise<Answer> {
  const [rawPath = '', ...queryParts] = request.path.split('?');
  if (/%(?![0-9a-fA-F]{2})/.test(rawPath)) return badRequest();
  if (rawPath === '/healthcheck') return text(200, '* Database connection: OK\n');
  const trimmed = rawPath.replace(/\/$/, '');
  const parts = trimmed.split('/').slice(1);
  if (parts[0] !== 'api') return pageNotFound();
  if (parts[1] !== 'v1') return empty(404);
  if (request.method === 'OPTIONS') return empty(200);
  const found = findRoute(request.method, parts.slice(2));
  if (!found) return pageNotFound();
  const signedIn = authenticate(store, request.headers.authorization);
  if (found.route.needs !== 'nothing' && found.route.needs !== signedIn.by) return empty(401);
  const call: Call = {
    store,
    baseUrl,
    headers: request.headers,
    query: new URLSearchParams(queryParts.join('?')),
    link: decodePart(trimmed),
    params: found.params,
    body: request.body,
    ...signedIn,
  };
  try {
    return await found.route.handle(call);
  } catch (error) {
    if (error instanceof GitFailedError) return failure();
    throw error;
  }
}

/** A wrong token is no error but nobody; so are `Bearer`, `Token` and a token in the query. */
function authenticate(store: Store, header = ''): Pick<Call, 'user' | 'by'> {
  const fields = header.split(/\s+/).filter((field) => field !== '');
  const [scheme, value = ''] = fields;
  if (fields.length !== 2) return { user: undefined, by: 'nobody' };
  if (scheme === 'token') return signedIn(store.userOfToken(value), 'token');
  if (scheme !== 'Basic') return { user: undefined, by: 'nobody' };
  const [name = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return signedIn(store.login(name, password.join(':')), 'password');
}

function signedIn(user: User | undefined, by: 'token' | 'password'): Pick<Call, 'user' | 'by'> {
  return user ? { user, by } : { user: undefined, by: 'nobody' };
}

function badRequest(): Answer {
  const answer = text(400, '400 Bad Request');
  return { ...answer, headers: { ...answer.headers, Connection: 'close' } };
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: Buffer.from(body) };
}
