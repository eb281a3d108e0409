import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { milestone, type IssueState, type Milestone } from '../schemas/issue.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';

/** A milestone to make. */
export interface NewMilestone {
  readonly title: string;
  readonly description?: string;
  /** RFC 3339, as `2026-12-31T00:00:00Z`. */
  readonly due_on?: string;
}

/** What of a milestone to change. */
export interface MilestoneChange extends Partial<NewMilestone> {
  readonly state?: IssueState;
}

/** Milestones; in a client it is `milestones`. */
export class MilestonesApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** Open and closed ones. */
  list(owner: string, repo: string, options?: CallOptions): Promise<Milestone[]> {
    const endpoint = { path: route`/repos/${owner}/${repo}/milestones`, what: 'repository' };
    return this.#http.json(list(milestone), endpoint, options);
  }

  /**
   * One milestone by its id.
   *
   * @throws GogsNotFoundError where there is none.
   */
  get(owner: string, repo: string, id: number, options?: CallOptions): Promise<Milestone> {
    const endpoint = { path: route`/repos/${owner}/${repo}/milestones/${id}`, what: 'milestone' };
    return this.#http.json(milestone, endpoint, options);
  }

  /** Makes a milestone. */
  create(owner: string, repo: string, fresh: NewMilestone, options?: CallOptions): Promise<Milestone> {
    const path = route`/repos/${owner}/${repo}/milestones`;
    return this.#http.json(milestone, { method: 'POST', path, body: fresh, what: 'repository' }, options);
  }

  /** Changes a milestone; what `change` does not name stays. */
  edit(
    owner: string,
    repo: string,
    id: number,
    change: MilestoneChange,
    options?: CallOptions,
  ): Promise<Milestone> {
    const path = route`/repos/${owner}/${repo}/milestones/${id}`;
    return this.#http.json(milestone, { method: 'PATCH', path, body: change, what: 'milestone' }, options);
  }

  /** Whether it was there or not. */
  delete(owner: string, repo: string, id: number, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/milestones/${id}`;
    return this.#http.done({ method: 'DELETE', path, what: 'milestone' }, options);
  }
}
