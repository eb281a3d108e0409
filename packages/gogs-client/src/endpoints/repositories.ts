import { GogsConflictError } from '../errors.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { foundRepositories, repository, type Repository } from '../schemas/repository.ts';
import { list } from '../schemas/shared.ts';
import { organization, user } from '../schemas/user.ts';
import { route } from '../url.ts';
import { contextOf, exists, explain500 } from './explain.ts';
import { pages } from './pages.ts';

/** A repository to make. */
export interface NewRepository {
  /** ASCII letters, digits, `-`, `_` and `.`. */
  readonly name: string;
  readonly description?: string;
  readonly private?: boolean;
  /** Starts with a commit that has a README. */
  readonly auto_init?: boolean;
  /** Template names of the server, comma-separated. */
  readonly gitignores?: string;
  readonly license?: string;
  /** Default `Default`, without which Gogs fails on `auto_init`. */
  readonly readme?: string;
}

/** Where to copy a repository from, and what it shall be. */
export interface Migration {
  /** An http(s) or git address, or a folder of the server if it allows that. */
  readonly clone_addr: string;
  /** Id of the user or organisation that will own it. */
  readonly uid: number;
  readonly repo_name: string;
  readonly auth_username?: string;
  readonly auth_password?: string;
  /** Fetched again from time to time. */
  readonly mirror?: boolean;
  readonly private?: boolean;
  readonly description?: string;
}

/** Where to search. */
export interface RepositorySearchOptions extends CallOptions {
  /** Of one owner. The token's user then also finds private ones of its own. */
  readonly uid?: number;
  /** How many are asked for at a time: 1 to 50, default 50. */
  readonly pageSize?: number;
}

/** Repositories; in a client it is `repositories`. */
export class RepositoriesApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** Public ones need no token. */
  get(owner: string, repo: string, options?: CallOptions): Promise<Repository> {
    return this.#http.json(repository, { path: route`/repos/${owner}/${repo}`, what: 'repository' }, options);
  }

  /** The user's own and those shared with the user. */
  mine(options?: CallOptions): Promise<Repository[]> {
    return this.#http.json(list(repository), { path: '/user/repos', what: 'user' }, options);
  }

  /** Those of a user that the caller may see. */
  ofUser(name: string, options?: CallOptions): Promise<Repository[]> {
    return this.#http.json(list(repository), { path: route`/users/${name}/repos`, what: 'user' }, options);
  }

  /** Those of an organisation that the caller may see. */
  ofOrganization(name: string, options?: CallOptions): Promise<Repository[]> {
    return this.#http.json(
      list(repository),
      { path: route`/orgs/${name}/repos`, what: 'organization' },
      options,
    );
  }

  /**
   * Repositories whose name or description has `text` in it; without `text` Gogs finds next to nothing. Private ones only with the caller's own `uid`.
   */
  search(text: string, options: RepositorySearchOptions = {}): AsyncGenerator<Repository, void, undefined> {
    const query = { q: text, uid: options.uid, limit: options.pageSize ?? 50 };
    const shape = foundRepositories.transform(({ data }) => data);
    return pages(this.#http, shape, { path: '/repos/search', query, what: 'repository' }, options);
  }

  /**
   * Makes a repository of the token's user. Its `default_branch` and times are known to `get` only.
   *
   * @throws GogsConflictError where the name is taken: Gogs answers 500 then, so this asks once more.
   */
  create(fresh: NewRepository, options?: CallOptions): Promise<Repository> {
    return this.#create({ path: '/user/repos', what: 'user' }, fresh, options, async () => {
      const me = await this.#http.json(user, { path: '/user', what: 'user' }, options);
      return me.username;
    });
  }

  /** As `create`, for an organisation that the token's user owns. */
  createInOrganization(name: string, fresh: NewRepository, options?: CallOptions): Promise<Repository> {
    const endpoint = { path: route`/org/${name}/repos`, what: 'organization' };
    return this.#create(endpoint, fresh, options, async () => {
      // An organisation that is not there is a 500, too.
      const owner = await this.#http.json(
        organization,
        { path: route`/orgs/${name}`, what: 'organization' },
        options,
      );
      return owner.username;
    });
  }

  /** Copies a repository from elsewhere. Answers when that is done: give it time. */
  migrate(migration: Migration, options?: CallOptions): Promise<Repository> {
    const endpoint = { method: 'POST', path: '/repos/migrate', body: migration, what: 'user' } as const;
    return this.#http.json(repository, endpoint, options);
  }

  /** For good. Owners only, since v0.13.4. */
  delete(owner: string, repo: string, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}`;
    return this.#http.done({ method: 'DELETE', path, what: 'repository' }, options);
  }

  /** Asks for a fetch of a mirror, which happens later. @throws GogsNotFoundError where it is no mirror. */
  mirrorSync(owner: string, repo: string, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/mirror-sync`;
    return this.#http.done({ method: 'POST', path, what: 'mirror' }, options);
  }

  #create(
    endpoint: Endpoint,
    fresh: NewRepository,
    options: CallOptions | undefined,
    owner: () => Promise<string>,
  ): Promise<Repository> {
    const body = { readme: 'Default', ...fresh };
    const call = (): Promise<Repository> =>
      this.#http.json(repository, { ...endpoint, method: 'POST', body }, options);
    return explain500(call, async (error) => {
      const isTaken = await exists(this.get(await owner(), fresh.name, options));
      return isTaken
        ? new GogsConflictError(`a repository "${fresh.name}" exists already`, contextOf(error))
        : undefined;
    });
  }
}
