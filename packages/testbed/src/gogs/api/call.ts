import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import type { Access } from '../gogs-server.ts';
import type { Store, StoredRepository, User } from './store.ts';

/** A request after routing and authentication. */
export interface Call {
  readonly store: Store;
  /** Of the site, without a slash at the end. */
  readonly baseUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** The decoded path without a slash at its end; Gogs echoes it in the `url` of commits. */
  readonly link: string;
  /** Decoded. `*` is the whole rest of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly user: User | undefined;
  readonly by: 'nobody' | 'token' | 'password';
}

/** A call about a repository the caller may at least read. */
export interface RepositoryCall extends Call {
  readonly repository: StoredRepository;
  readonly access: Access | 'owner';
  /** `<base>/api/v1/repos/<owner>/<name>` in the case of the request, as in most of Gogs' answers. */
  readonly repositoryUrl: string;
  /** `<base>/<owner>/<name>` in the case of the database. */
  readonly htmlUrl: string;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;
export type RepositoryHandler = (call: RepositoryCall) => Answer | Promise<Answer>;

/** A parameter the route has: its absence is our mistake, not the client's. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new TypeError(`the route has no parameter "${name}"`);
  return value;
}
