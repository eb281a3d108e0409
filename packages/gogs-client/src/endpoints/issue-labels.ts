import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { label, type Label } from '../schemas/issue.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';

/** The labels that one issue has. Changes are for writers of the repository. */
export class IssueLabelsApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** The labels of an issue. */
  list(owner: string, repo: string, number: number, options?: CallOptions): Promise<Label[]> {
    return this.#http.json(list(label), endpointOf(owner, repo, number), options);
  }

  /** @returns all the issue has then. */
  add(
    owner: string,
    repo: string,
    number: number,
    labels: readonly number[],
    options?: CallOptions,
  ): Promise<Label[]> {
    const endpoint = { ...endpointOf(owner, repo, number), method: 'POST', body: { labels } } as const;
    return this.#http.json(list(label), endpoint, options);
  }

  /** Gives an issue these labels, by their ids, and no others. */
  replace(
    owner: string,
    repo: string,
    number: number,
    labels: readonly number[],
    options?: CallOptions,
  ): Promise<Label[]> {
    const endpoint = { ...endpointOf(owner, repo, number), method: 'PUT', body: { labels } } as const;
    return this.#http.json(list(label), endpoint, options);
  }

  /** @throws GogsValidationError where the repository has no such label. */
  remove(owner: string, repo: string, number: number, id: number, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/issues/${number}/labels/${id}`;
    return this.#http.done({ method: 'DELETE', path, what: 'issue' }, options);
  }

  /** Takes all labels from an issue. */
  clear(owner: string, repo: string, number: number, options?: CallOptions): Promise<void> {
    return this.#http.done({ ...endpointOf(owner, repo, number), method: 'DELETE' }, options);
  }
}

function endpointOf(owner: string, repo: string, number: number) {
  return { path: route`/repos/${owner}/${repo}/issues/${number}/labels`, what: 'issue' };
}
