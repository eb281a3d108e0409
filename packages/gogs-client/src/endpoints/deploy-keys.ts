import { GogsConflictError } from '../errors.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { deployKey, type DeployKey } from '../schemas/repository.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';
import { contextOf, explain500 } from './explain.ts';

/** A key to add. */
export interface NewDeployKey {
  readonly title: string;
  /** A public key as in `id_ed25519.pub`. */
  readonly key: string;
}

/** SSH keys that may read one repository. For its admins. */
export class DeployKeysApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** All keys of a repository. */
  list(owner: string, repo: string, options?: CallOptions): Promise<DeployKey[]> {
    const endpoint = { path: route`/repos/${owner}/${repo}/keys`, what: 'repository' };
    return this.#http.json(list(deployKey), endpoint, options);
  }

  /**
   * One key.
   *
   * @throws GogsNotFoundError where there is none.
   */
  get(owner: string, repo: string, id: number, options?: CallOptions): Promise<DeployKey> {
    const endpoint = { path: route`/repos/${owner}/${repo}/keys/${id}`, what: 'deploy key' };
    return this.#http.json(deployKey, endpoint, options);
  }

  /**
   * @throws GogsConflictError for a title or key that the repository has (Gogs answers 500 then, so this looks);
   * GogsValidationError for what is no key.
   */
  create(owner: string, repo: string, fresh: NewDeployKey, options?: CallOptions): Promise<DeployKey> {
    const path = route`/repos/${owner}/${repo}/keys`;
    const endpoint = { method: 'POST', path, body: fresh, what: 'repository' } as const;
    return explain500(
      () => this.#http.json(deployKey, endpoint, options),
      async (error) => {
        const keys = await this.list(owner, repo, options);
        const isTaken = keys.some(({ title, key }) => title === fresh.title || key === fresh.key.trim());
        return isTaken
          ? new GogsConflictError('the repository has that key or title already', contextOf(error))
          : undefined;
      },
    );
  }

  /**
   * Takes a key away.
   *
   * @throws GogsNotFoundError where there is none.
   */
  delete(owner: string, repo: string, id: number, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/keys/${id}`;
    return this.#http.done({ method: 'DELETE', path, what: 'deploy key' }, options);
  }
}
