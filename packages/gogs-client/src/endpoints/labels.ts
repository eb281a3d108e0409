import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { label, type Label } from '../schemas/issue.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';

/** What a label is. */
export interface LabelDetails {
  readonly name: string;
  /** `#` and six hex digits; answers come without the `#`. */
  readonly color: string;
}

/** Labels of a repository; in a client it is `labels`. */
export class LabelsApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** All labels of a repository. */
  list(owner: string, repo: string, options?: CallOptions): Promise<Label[]> {
    const endpoint = { path: route`/repos/${owner}/${repo}/labels`, what: 'repository' };
    return this.#http.json(list(label), endpoint, options);
  }

  /** By id or by name. */
  get(owner: string, repo: string, idOrName: number | string, options?: CallOptions): Promise<Label> {
    const endpoint = { path: route`/repos/${owner}/${repo}/labels/${idOrName}`, what: 'label' };
    return this.#http.json(label, endpoint, options);
  }

  /** Names need not differ. Gogs answers with id 0, so this asks for the newest label of that name. */
  async create(owner: string, repo: string, fresh: LabelDetails, options?: CallOptions): Promise<Label> {
    const path = route`/repos/${owner}/${repo}/labels`;
    const endpoint = { method: 'POST', path, body: fresh, what: 'repository' } as const;
    const made = await this.#http.json(label, endpoint, options);
    if (made.id > 0) return made;
    const named = (await this.list(owner, repo, options)).filter(({ name }) => name === made.name);
    return named.reduce((newest, each) => (each.id > newest.id ? each : newest), made);
  }

  /**
   * Changes a label.
   *
   * @throws GogsNotFoundError where there is none.
   */
  edit(
    owner: string,
    repo: string,
    id: number,
    change: Partial<LabelDetails>,
    options?: CallOptions,
  ): Promise<Label> {
    const path = route`/repos/${owner}/${repo}/labels/${id}`;
    return this.#http.json(label, { method: 'PATCH', path, body: change, what: 'label' }, options);
  }

  /** Whether it was there or not. */
  delete(owner: string, repo: string, id: number, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/labels/${id}`;
    return this.#http.done({ method: 'DELETE', path, what: 'label' }, options);
  }
}
