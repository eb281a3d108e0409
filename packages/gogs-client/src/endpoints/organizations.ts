import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { list } from '../schemas/shared.ts';
import { organization, team, type Organization, type Team } from '../schemas/user.ts';
import { route } from '../url.ts';

/** What an organisation says of itself. */
export interface OrganizationDetails {
  readonly full_name?: string;
  readonly description?: string;
  readonly website?: string;
  readonly location?: string;
}

/** Organisations; in a client it is `organizations`. */
export class OrganizationsApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** Those the token's user is a member of. */
  mine(options?: CallOptions): Promise<Organization[]> {
    return this.#http.json(list(organization), { path: '/user/orgs', what: 'organization' }, options);
  }

  /** Those a user is a public member of. */
  ofUser(name: string, options?: CallOptions): Promise<Organization[]> {
    const endpoint = { path: route`/users/${name}/orgs`, what: 'user' };
    return this.#http.json(list(organization), endpoint, options);
  }

  /**
   * One organisation.
   *
   * @throws GogsNotFoundError where there is none.
   */
  get(name: string, options?: CallOptions): Promise<Organization> {
    return this.#http.json(organization, { path: route`/orgs/${name}`, what: 'organization' }, options);
  }

  /** The token's user becomes its owner. @throws GogsConflictError where the name is taken. */
  create(name: string, details: OrganizationDetails = {}, options?: CallOptions): Promise<Organization> {
    const body = { username: name, ...details };
    const endpoint = { method: 'POST', path: '/user/orgs', body, what: 'organization' } as const;
    return this.#http.json(organization, endpoint, options);
  }

  /** What `details` does not have becomes empty: Gogs takes all four as they come. */
  edit(name: string, details: OrganizationDetails, options?: CallOptions): Promise<Organization> {
    const path = route`/orgs/${name}`;
    const endpoint = { method: 'PATCH', path, body: details, what: 'organization' } as const;
    return this.#http.json(organization, endpoint, options);
  }

  /** Its teams; only members of the organisation may ask. */
  teams(name: string, options?: CallOptions): Promise<Team[]> {
    return this.#http.json(list(team), { path: route`/orgs/${name}/teams`, what: 'organization' }, options);
  }
}
