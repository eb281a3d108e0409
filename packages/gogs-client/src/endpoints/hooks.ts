import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { hook, type Hook } from '../schemas/repository.ts';
import { list } from '../schemas/shared.ts';
import { route } from '../url.ts';

export type HookEvent =
  'create' | 'delete' | 'fork' | 'push' | 'issues' | 'issue_comment' | 'pull_request' | 'release';

export interface HookConfig {
  readonly url: string;
  readonly content_type: 'json' | 'form';
  /** Deliveries are signed with it: `X-Gogs-Signature` is the hex HMAC-SHA256 of the body. */
  readonly secret?: string;
  /** `channel`, `username`, `icon_url` and `color` of a Slack hook. */
  readonly [option: string]: string | undefined;
}

export interface NewHook {
  readonly type: 'gogs' | 'slack' | 'discord' | 'dingtalk';
  readonly config: HookConfig;
  /** Default `push`. */
  readonly events?: readonly HookEvent[];
  /** Default `true`; Gogs' own default is `false`, a hook that does nothing. */
  readonly active?: boolean;
}

export interface HookChange {
  readonly config?: Partial<HookConfig>;
  /** All that the hook is to have: what is left out becomes `push` alone. */
  readonly events?: readonly HookEvent[];
  readonly active?: boolean;
}

/** For admins of the repository. */
export class HooksApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

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
