import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { foundUsers, user, type User } from '../schemas/user.ts';
import { route } from '../url.ts';

export interface UserSearchOptions extends CallOptions {
  /** How many at most. Default 10. Gogs has no second page here. */
  readonly limit?: number;
}

/** Users; in a client it is `users`. */
export class UsersApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** The user whose token this client has. */
  me(options?: CallOptions): Promise<User> {
    return this.#http.json(user, { path: '/user', what: 'user' }, options);
  }

  /**
   * One user.
   *
   * @throws GogsNotFoundError where there is none.
   */
  get(name: string, options?: CallOptions): Promise<User> {
    return this.#http.json(user, { path: route`/users/${name}`, what: 'user' }, options);
  }

  /** Users whose name has `text` in it. */
  async search(text: string, options?: UserSearchOptions): Promise<User[]> {
    const query = { q: text, limit: options?.limit };
    const found = await this.#http.json(foundUsers, { path: '/users/search', query, what: 'user' }, options);
    return found.data;
  }
}
