import type { z } from 'zod';
import { GogsArgumentError } from '../errors.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { list } from '../schemas/shared.ts';
import { newToken, tokenName, type AccessToken } from '../schemas/user.ts';
import { route } from '../url.ts';

/** Needs a client with `basic`. Gogs has no endpoint to delete a token. */
export class AccessTokensApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** The names. What Gogs lists as values since v0.13 are parts of hashes, which open nothing. */
  async list(options?: CallOptions): Promise<string[]> {
    const tokens = await this.#http.json(list(tokenName), { path: this.#path(), what: 'user' }, options);
    return tokens.map(({ name }) => name);
  }

  /**
   * The one time the value is told. It has no scope and no end.
   *
   * @throws GogsConflictError where there is a token of that name.
   */
  create(name: string, options?: CallOptions): Promise<AccessToken> {
    const endpoint = { method: 'POST', path: this.#path(), body: { name }, what: 'user' } as const;
    return this.#http.json(newToken satisfies z.ZodType<AccessToken>, endpoint, options);
  }

  #path(): string {
    const { username } = this.#http.settings;
    if (username === undefined) throw new GogsArgumentError('basic', 'is needed for access tokens');
    return route`/users/${username}/tokens`;
  }
}
