import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { issue, type Issue, type IssueState } from '../schemas/issue.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';
import { IssueCommentsApi } from './issue-comments.ts';
import { IssueLabelsApi } from './issue-labels.ts';
import { pages } from './pages.ts';

export interface IssueListOptions extends CallOptions {
  /** Default `open`. */
  readonly state?: IssueState;
}

/** An issue to open. */
export interface NewIssue {
  readonly title: string;
  readonly body?: string;
  /** A user's name. Assignee, milestone and labels are for writers of the repository, and left out for others. */
  readonly assignee?: string;
  /** A milestone's id. */
  readonly milestone?: number;
  /** Ids of labels. */
  readonly labels?: readonly number[];
  readonly closed?: boolean;
}

/** What of an issue to change. */
export interface IssueChange {
  readonly title?: string;
  readonly body?: string;
  /** Empty for nobody. */
  readonly assignee?: string;
  /** 0 for none. */
  readonly milestone?: number;
  readonly state?: IssueState;
}

/** Issues go by their number in the repository, not by their id. */
export class IssuesApi {
  readonly comments: IssueCommentsApi;
  readonly labels: IssueLabelsApi;
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
    this.comments = new IssueCommentsApi(http, (...args) => this.get(...args));
    this.labels = new IssueLabelsApi(http);
  }

  /** Newest first, pull requests included. Asks for ten at a time, when they are needed. */
  list(owner: string, repo: string, options: IssueListOptions = {}): AsyncGenerator<Issue, void, undefined> {
    const path = route`/repos/${owner}/${repo}/issues`;
    const query = { state: options.state };
    return pages(this.#http, list(issue), { path, query, what: 'repository' }, options);
  }

  /**
   * One issue by its number.
   *
   * @throws GogsNotFoundError where there is none.
   */
  get(owner: string, repo: string, number: number, options?: CallOptions): Promise<Issue> {
    const endpoint = { path: route`/repos/${owner}/${repo}/issues/${number}`, what: 'issue' };
    return this.#http.json(issue, endpoint, options);
  }

  /** Opens an issue. */
  create(owner: string, repo: string, fresh: NewIssue, options?: CallOptions): Promise<Issue> {
    const path = route`/repos/${owner}/${repo}/issues`;
    return this.#http.json(issue, { method: 'POST', path, body: fresh, what: 'repository' }, options);
  }

  /** Changes an issue; what `change` does not name stays. */
  edit(
    owner: string,
    repo: string,
    number: number,
    change: IssueChange,
    options?: CallOptions,
  ): Promise<Issue> {
    const path = route`/repos/${owner}/${repo}/issues/${number}`;
    return this.#http.json(issue, { method: 'PATCH', path, body: change, what: 'issue' }, options);
  }
}
