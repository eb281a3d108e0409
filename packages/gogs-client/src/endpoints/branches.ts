import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { ref, type Branch } from '../schemas/commit.ts';
import { list } from '../schemas/shared.ts';
import { checkedRef, route } from '../url.ts';
import { explain500 } from './explain.ts';
import type { RepositoriesApi } from './repositories.ts';

/** Branches; in a client it is `branches`. */
export class BranchesApi {
  readonly #http: Http;
  readonly #repositories: RepositoriesApi;

  /** @internal */
  constructor(http: Http, repositories: RepositoriesApi) {
    this.#http = http;
    this.#repositories = repositories;
  }

  /** None for an empty repository, where Gogs answers 500 (gogs#8396). */
  list(owner: string, repo: string, options?: CallOptions): Promise<Branch[]> {
    const endpoint = { path: route`/repos/${owner}/${repo}/branches`, what: 'repository' };
    return explain500(
      () => this.#http.json(list(ref), endpoint, options),
      async () => ((await this.#repositories.get(owner, repo, options)).empty ? [] : undefined),
    );
  }

  /**
   * One branch, and the commit at its end.
   *
   * @throws GogsNotFoundError where there is none.
   */
  get(owner: string, repo: string, name: string, options?: CallOptions): Promise<Branch> {
    const path = route`/repos/${owner}/${repo}/branches/${checkedRef(name)}`;
    return this.#http.json(ref, { path, what: `branch ${JSON.stringify(name)}` }, options);
  }
}
