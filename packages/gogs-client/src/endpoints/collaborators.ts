import { GogsNotFoundError } from '../errors.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { list } from '../schemas/shared.ts';
import { collaborator, type Collaborator } from '../schemas/user.ts';
import { route } from '../url.ts';

export interface AddCollaboratorOptions extends CallOptions {
  /** Default: what the user has already, else `write`. */
  readonly permission?: 'read' | 'write' | 'admin';
}

/** For admins of the repository. */
export class CollaboratorsApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** All collaborators, with what they may do. */
  list(owner: string, repo: string, options?: CallOptions): Promise<Collaborator[]> {
    const endpoint = { path: route`/repos/${owner}/${repo}/collaborators`, what: 'repository' };
    return this.#http.json(list(collaborator), endpoint, options);
  }

  /** @throws GogsValidationError where there is no such user. */
  async has(owner: string, repo: string, user: string, options?: CallOptions): Promise<boolean> {
    try {
      await this.#http.done(endpointOf(owner, repo, user), options);
      return true;
    } catch (error) {
      if (!(error instanceof GogsNotFoundError) || error.reason === 'no-route') throw error;
    }
    // The same 404 stands for a repository that is not there.
    await this.list(owner, repo, options);
    return false;
  }

  /** Adds a user, or changes what the user may do. @throws GogsValidationError where there is no such user. */
  add(owner: string, repo: string, user: string, options?: AddCollaboratorOptions): Promise<void> {
    const body = { permission: options?.permission };
    return this.#http.done({ ...endpointOf(owner, repo, user), method: 'PUT', body }, options);
  }

  /** Whether the user was one or not. @throws GogsValidationError where there is no such user. */
  remove(owner: string, repo: string, user: string, options?: CallOptions): Promise<void> {
    return this.#http.done({ ...endpointOf(owner, repo, user), method: 'DELETE' }, options);
  }
}

function endpointOf(owner: string, repo: string, user: string) {
  return {
    path: route`/repos/${owner}/${repo}/collaborators/${user}`,
    what: 'collaborator',
    refusalHint: `There is no user ${JSON.stringify(user)}`,
  };
}
