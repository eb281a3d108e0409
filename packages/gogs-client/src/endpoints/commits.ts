import type { Http } from '../http/http.ts';
import { positive, type CallOptions } from '../options.ts';
import { commit, type Commit } from '../schemas/commit.ts';
import { list } from '../schemas/shared.ts';
import { checkedRef, peeled, route } from '../url.ts';
import { explain500 } from './explain.ts';
import type { RepositoriesApi } from './repositories.ts';

/** How far back to list. */
export interface CommitListOptions extends CallOptions {
  /** How many at most. Default 30. */
  readonly limit?: number;
}

/** Commits; in a client it is `commits`. */
export class CommitsApi {
  readonly #http: Http;
  readonly #repositories: RepositoriesApi;

  /** @internal */
  constructor(http: Http, repositories: RepositoriesApi) {
    this.#http = http;
    this.#repositories = repositories;
  }

  /**
   * A commit by branch, tag, commit id (or its start), `HEAD` or any other revision of one commit. An annotated tag
   * leads to its commit.
   *
   * @throws GogsNotFoundError also for an id the repository does not have (where Gogs alone would answer 500).
   */
  get(owner: string, repo: string, ref: string, options?: CallOptions): Promise<Commit> {
    const path = route`/repos/${owner}/${repo}/commits/${peeled(ref)}`;
    const what = `commit, branch or tag ${JSON.stringify(ref)}`;
    return this.#http.json(commit, { path, what, since: '0.11.86' }, options);
  }

  /** The id of the commit that a branch, tag or other revision leads to now. Where a tag has a branch's name, the tag wins. */
  async resolve(owner: string, repo: string, ref: string, options?: CallOptions): Promise<string> {
    return (await this.get(owner, repo, checkedRef(ref), options)).sha;
  }

  /** The default branch from its end backwards; Gogs lists no other. None for an empty repository. */
  list(owner: string, repo: string, options?: CommitListOptions): Promise<Commit[]> {
    const limit = Math.ceil(positive('limit', options?.limit ?? 30));
    const endpoint = {
      path: route`/repos/${owner}/${repo}/commits`,
      query: { pageSize: limit },
      what: 'repository',
      since: '0.13.0',
    };
    return explain500(
      () => this.#http.json(list(commit), endpoint, options),
      async () => ((await this.#repositories.get(owner, repo, options)).empty ? [] : undefined),
    );
  }
}
