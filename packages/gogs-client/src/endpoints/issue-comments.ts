import { GogsConflictError, GogsNotGogsError } from '../errors.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { comment, type Comment, type Issue } from '../schemas/issue.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';
import { contextOf, explain500 } from './explain.ts';

export interface CommentListOptions extends CallOptions {
  /** Only what was changed then or later; kept to the second. */
  readonly since?: Date;
}

type GetIssue = (owner: string, repo: string, number: number, options?: CallOptions) => Promise<Issue>;

/** Gogs also counts closing, reopening and mentioning as comments; their `body` is empty or a note. */
export class IssueCommentsApi {
  readonly #http: Http;
  readonly #getIssue: GetIssue;

  /** @internal */
  constructor(http: Http, getIssue: GetIssue) {
    this.#http = http;
    this.#getIssue = getIssue;
  }

  /** Oldest first. */
  list(owner: string, repo: string, number: number, options?: CommentListOptions): Promise<Comment[]> {
    const path = route`/repos/${owner}/${repo}/issues/${number}/comments`;
    const endpoint = { path, query: sinceQuery(options), what: 'issue' };
    const call = (): Promise<Comment[]> => this.#http.json(list(comment), endpoint, options);
    return explain500(call, () => this.#noSuchIssue(owner, repo, number, options));
  }

  /** Of all issues of the repository, oldest first. */
  listAll(owner: string, repo: string, options?: CommentListOptions): Promise<Comment[]> {
    const path = route`/repos/${owner}/${repo}/issues/comments`;
    return this.#http.json(list(comment), { path, query: sinceQuery(options), what: 'repository' }, options);
  }

  /** Adds a comment; `body` is Markdown. */
  create(owner: string, repo: string, number: number, body: string, options?: CallOptions): Promise<Comment> {
    const path = route`/repos/${owner}/${repo}/issues/${number}/comments`;
    const endpoint = { method: 'POST', path, body: { body }, what: 'issue' } as const;
    const call = (): Promise<Comment> => this.#http.json(comment, endpoint, options);
    return explain500(call, () => this.#noSuchIssue(owner, repo, number, options));
  }

  /** @throws GogsConflictError for a note of Gogs', which nobody can edit: Gogs answers as if it were done. */
  async edit(owner: string, repo: string, id: number, body: string, options?: CallOptions): Promise<Comment> {
    const path = route`/repos/${owner}/${repo}/issues/comments/${id}`;
    const endpoint = { method: 'PATCH', path, body: { body }, what: 'comment' } as const;
    try {
      return await this.#http.json(comment, endpoint, options);
    } catch (error) {
      if (!(error instanceof GogsNotGogsError) || error.status !== 204) throw error;
      throw new GogsConflictError('that comment is a note of what happened', contextOf(error));
    }
  }

  /** Takes a comment away. */
  delete(owner: string, repo: string, number: number, id: number, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/issues/${number}/comments/${id}`;
    return this.#http.done({ method: 'DELETE', path, what: 'comment' }, options);
  }

  /** Gogs answers 500, not 404, where there is no issue of that number. */
  async #noSuchIssue(owner: string, repo: string, number: number, options?: CallOptions): Promise<undefined> {
    await this.#getIssue(owner, repo, number, options);
  }
}

function sinceQuery(options: CommentListOptions | undefined): { since: string | undefined } {
  return { since: options?.since?.toISOString().replace(/\.\d+Z$/, 'Z') };
}
