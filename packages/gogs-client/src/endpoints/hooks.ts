import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { hook, type Hook } from '../schemas/repository.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';

/** What a hook is called for. */
export type HookEvent =
  'create' | 'delete' | 'fork' | 'push' | 'issues' | 'issue_comment' | 'pull_request' | 'release';

/** Where a hook's messages go. */
export interface HookConfig {
  readonly url: string;
  readonly content_type: 'json' | 'form';
  /** Deliveries are signed with it: `X-Gogs-Signature` is the hex HMAC-SHA256 of the body. */
  readonly secret?: string;
  /** `channel`, `username`, `icon_url` and `color` of a Slack hook. */
  readonly [option: string]: string | undefined;
}

/** A hook to make. */
export interface NewHook {
  readonly type: 'gogs' | 'slack' | 'discord' | 'dingtalk';
  readonly config: HookConfig;
  /** Default `push`. */
  readonly events?: readonly HookEvent[];
  /** Default `true`; Gogs' own default is `false`, a hook that does nothing. */
  readonly active?: boolean;
}

/** What of a hook to change. */
export interface HookChange {
  readonly config?: Partial<HookConfig>;
  /** All that the hook is to have: what is left out becomes `push` alone. */
  readonly events?: readonly HookEvent[];
  readonly active?: boolean;
}

/** For admins of the repository. */
export class HooksApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** All hooks of a repository. Owners only. */
  list(owner: string, repo: string, options?: CallOptions): Promise<Hook[]> {
    const endpoint = { path: route`/repos/${owner}/${repo}/hooks`, what: 'repository' };
    return this.#http.json(list(hook), endpoint, options);
  }

  /** @throws GogsValidationError for a type, content type or address that Gogs does not take. */
  create(owner: string, repo: string, fresh: NewHook, options?: CallOptions): Promise<Hook> {
    const path = route`/repos/${owner}/${repo}/hooks`;
    const body = { active: true, ...fresh };
    return this.#http.json(hook, { method: 'POST', path, body, what: 'repository' }, options);
  }

  /**
   * Changes a hook; what `change` does not name stays.
   *
   * @throws GogsNotFoundError where there is none.
   */
  edit(owner: string, repo: string, id: number, change: HookChange, options?: CallOptions): Promise<Hook> {
    const path = route`/repos/${owner}/${repo}/hooks/${id}`;
    return this.#http.json(hook, { method: 'PATCH', path, body: change, what: 'hook' }, options);
  }

  /** Whether it was there or not. */
  delete(owner: string, repo: string, id: number, options?: CallOptions): Promise<void> {
    const path = route`/repos/${owner}/${repo}/hooks/${id}`;
    return this.#http.done({ method: 'DELETE', path, what: 'hook' }, options);
  }
}
