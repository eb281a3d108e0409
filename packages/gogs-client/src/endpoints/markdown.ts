import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';

export interface MarkdownOptions extends CallOptions {
  /** The start of relative links, as `https://git.example.test/ann/lamp`. */
  readonly context?: string;
}

/** Markdown as Gogs shows it; in a client it is `markdown`. */
export class MarkdownApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /** HTML as Gogs shows it: mentions and issue numbers are links. */
  render(text: string, options?: MarkdownOptions): Promise<string> {
    const body = { text, context: options?.context ?? '' };
    return this.#http.text({ method: 'POST', path: '/markdown', body, what: 'page' }, options);
  }

  /** HTML of plain Markdown, without Gogs' own links. */
  renderRaw(text: string, options?: CallOptions): Promise<string> {
    return this.#http.text({ method: 'POST', path: '/markdown/raw', body: text, what: 'page' }, options);
  }
}
