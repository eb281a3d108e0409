import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { deployKey, type DeployKey } from '../schemas/repository.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';

export interface NewDeployKey {
  readonly title: string;
  /** A public key as in `id_ed25519.pub`. */
  readonly key: string;
}

/** SSH keys that may read one repository. For its admins. */
export class DeployKeysApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  list(owner: string, repo: string, options?: CallOptions): Promise<DeployKey[]> {
    const endpoint = { path: route`/repos/${owner}/${repo}/keys`, what: 'repository' };
    return this.#http.json(list(deployKey), endpoint, options);
  }

  get(owner: string, repo: string, id: number, options?: CallOptions): Promise<DeployKey> {
    const endpoint = { path: route`/repos/${owner}/${repo}/keys/${id}`, what: 'deploy key' };
    return this.#http.json(deployKey, endpoint, options);
  }

  /** @throws GogsConflictError for a title or key in use; GogsValidationError for what is no key. */
  create(owner: string, repo: string, fresh: NewDeployKey, options?: CallOptions): Promise<DeployKey> {
    const path = route`/repos/${owner}/${repo}/keys`;
    return this.#http.json(deployKey, { method: 'POST', path, body: fresh, what: 'repository' }, options);
  }

  delete(owner: string, repo: string, id: number, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/keys/${id}`;
    return this.#http.done({ method: 'DELETE', path, what: 'deploy key' }, options);
  }
}
