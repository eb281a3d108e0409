import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { ref, type Tag } from '../schemas/commit.ts';
import { release, type Release } from '../schemas/repository.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';

/** Tags; in a client it is `tags`. */
export class TagsApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** Newest first. Of an annotated tag `commit.id` is the tag's own id; `commits.resolve` leads to the commit. */
  list(owner: string, repo: string, options?: CallOptions): Promise<Tag[]> {
    const path = route`/repos/${owner}/${repo}/tags`;
    return this.#http.json(list(ref), { path, what: 'repository', since: '0.13.0' }, options);
  }
}

/** Gogs has no endpoint to make a release, and tells nothing of attached files. */
export class ReleasesApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Drafts included. Public ones need no token. */
  list(owner: string, repo: string, options?: CallOptions): Promise<Release[]> {
    const path = route`/repos/${owner}/${repo}/releases`;
    return this.#http.json(list(release), { path, what: 'repository', since: '0.12.0' }, options);
  }
}
