import { GogsServerError } from './errors.ts';

const requestTimeoutMs = 30_000;

/** A signed-in browser, for what a real Gogs has no API for. */
export class WebSession {
  readonly #baseUrl: string;
  readonly #cookies = new Map<string, string>();

  private constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  static async signIn(baseUrl: string, user: string, password: string): Promise<WebSession> {
    const session = new WebSession(baseUrl);
    await session.submit('/user/login', { user_name: user, password });
    return session;
  }

  /** Sends a form. Gogs answers a good one with a redirect, and shows a bad one again. */
  async submit(path: string, fields: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask('GET', path); // sets the cookie with the token that the form has to bring back
    const token = decodeURIComponent(this.#cookies.get('_csrf') ?? '');
    const answer = await this.#ask('POST', path, new URLSearchParams({ ...fields, _csrf: token }));
    if (answer.status >= 300 && answer.status < 400) return;
    throw new GogsServerError('GOGS_REFUSED', `gogs answered ${answer.status} to the form at ${path}`);
  }

  async #ask(method: string, path: string, body?: URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${this.#baseUrl}${path}`, {
      method,
      headers: { cookie },
      redirect: 'manual',
      signal: AbortSignal.timeout(requestTimeoutMs),
      ...(body && { body }),
    });
    await answer.arrayBuffer();
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    return answer;
  }
}
