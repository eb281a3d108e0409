/** What may go wrong with an answer. Counts are of body bytes, headers go out first and unharmed. */
export type Fault =
  /** The connection is reset before a byte of the answer. For a host that refuses connections see `GogsStandIn.down`. */
  | { readonly kind: 'refuse' }
  /** The request is taken and never answered. */
  | { readonly kind: 'hang' }
  /** The connection closes after so many bytes of the body. */
  | { readonly kind: 'cutAfter'; readonly bytes: number }
  /** One byte of the body is another one: `to`, or the inverted byte. */
  | { readonly kind: 'changeByte'; readonly at: number; readonly to?: number }
  /** After the body come blanks until the client closes the connection. */
  | { readonly kind: 'endless' }
  /** Another status, with `body` (default: none) as text. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** 200 with an HTML page, as from a captive portal or a login page. */
  | { readonly kind: 'html' }
  /** Status and headers as they should be, no body. */
  | { readonly kind: 'emptyBody' }
  /** Status and headers as they should be, another body. */
  | { readonly kind: 'body'; readonly body: string | Uint8Array }
  /** The Content-Length is off by so much; then the connection closes. */
  | { readonly kind: 'wrongLength'; readonly difference: number }
  /** The first byte of the body comes after `delayMs`, the rest at a rate. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number; readonly delayMs?: number };

/** A request, before it is answered. */
export interface AskedFor {
  readonly method: string;
  readonly path: string;
}

/** A part of the path as sent, a pattern for `METHOD /path`, or any test. */
export type RequestMatch = string | RegExp | ((request: AskedFor) => boolean);

interface Rule {
  readonly match: RequestMatch;
  readonly fault: Fault;
  left: number;
}

/** The faults a stand-in has in store. Rules for a number of requests come before those for all. */
export class Faults {
  readonly #rules: Rule[] = [];

  /** The next matching request, or the next `times` of them, meet a fault. */
  next(match: RequestMatch, fault: Fault, times = 1): void {
    const firstForAll = this.#rules.findIndex(({ left }) => left === Infinity);
    const at = firstForAll < 0 ? this.#rules.length : firstForAll;
    this.#rules.splice(at, 0, { match, fault, left: times });
  }

  /** Every matching request meets a fault, until `clear`. The first such rule that fits is taken. */
  always(match: RequestMatch, fault: Fault): void {
    this.#rules.push({ match, fault, left: Infinity });
  }

  /** Takes all faults away. */
  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault for a request that just came in; a rule that is used up goes. */
  take(request: AskedFor): Fault | undefined {
    const rule = this.#rules.find(({ match }) => fits(match, request));
    if (!rule) return undefined;
    rule.left -= 1;
    if (rule.left <= 0) this.#rules.splice(this.#rules.indexOf(rule), 1);
    return rule.fault;
  }
}

function fits(match: RequestMatch, request: AskedFor): boolean {
  if (typeof match === 'string') return request.path.includes(match);
  if (typeof match === 'function') return match(request);
  return match.test(`${request.method} ${request.path}`);
}
