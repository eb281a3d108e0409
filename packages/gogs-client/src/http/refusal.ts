import {
  GogsConflictError,
  GogsForbiddenError,
  GogsNotFoundError,
  GogsNotGogsError,
  GogsServerError,
  GogsUnauthorizedError,
  GogsValidationError,
  type FieldProblem,
  type GogsError,
  type GogsErrorContext,
} from '../errors.ts';
import type { Settings } from '../options.ts';
import type { Endpoint } from './endpoint.ts';
import { redact } from './redact.ts';

/** An answer that is no success, with the start of its body. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The error that an answer without success stands for. The shapes are those of Gogs v0.11 to v0.14. */
export function errorOf(
  refusal: Refusal,
  endpoint: Endpoint,
  settings: Pick<Settings, 'login' | 'secrets'>,
  request: GogsErrorContext,
): GogsError {
  const { status } = refusal;
  const body = parse(refusal.text);
  const said = messageIn(body, settings.secrets);
  const context = { ...request, status, ...(said !== undefined && { gogsMessage: said }) };
  const because = said === undefined ? '' : `: ${said}`;
  if (status === 401) {
    return new GogsUnauthorizedError(`not signed in${because}. ${loginHint(settings.login)}`, context);
  }
  if (status === 403) return new GogsForbiddenError(`the user may not do that${because}`, context);
  if (status === 404) return notFound(refusal.text, body, endpoint, context);
  if (status === 409 || (status === 422 && /already (exist|been used)|has been used/i.test(said ?? ''))) {
    return new GogsConflictError(`it exists already${because}`, context);
  }
  if (status === 400 || status === 415 || status === 422) {
    const fields = fieldsIn(body, settings.secrets);
    const list = fields.map(({ field, rule }) => (field === '' ? rule : `${field} (${rule})`)).join(', ');
    const hint = endpoint.refusalHint === undefined ? '' : `. ${endpoint.refusalHint}`;
    return new GogsValidationError(`not accepted${because || (list && `: ${list}`)}${hint}`, fields, context);
  }
  if (status >= 500 || status === 429) {
    const retryAfterMs = retryAfter(refusal.headers['retry-after']);
    return new GogsServerError(`the server failed with status ${status}${because}`, retryAfterMs, context);
  }
  const location = refusal.headers['location'];
  const to = typeof location === 'string' ? ` and points to ${redact(location, settings.secrets)}` : '';
  return new GogsNotGogsError(`status ${status}${to}: Gogs never answers that. Is "baseUrl" right?`, context);
}

/**
 * Gogs has two kinds of 404: empty for a thing that is absent or hidden, a page for a route it does not know. Only
 * `raw` and `archive` answer with the page where a ref is absent.
 */
function notFound(text: string, body: unknown, endpoint: Endpoint, context: GogsErrorContext): GogsError {
  if (text.trim() === '' || body !== undefined || endpoint.pageMeansNoRef) {
    return new GogsNotFoundError('absent', `no such ${endpoint.what}, or no access to it`, context);
  }
  const since = endpoint.since === undefined ? '' : ` (Gogs has it since v${endpoint.since})`;
  const message = `the server does not know this endpoint${since}. Is it too old, or is "baseUrl" not a Gogs?`;
  return new GogsNotFoundError('no-route', message, context);
}

function loginHint(login: Settings['login']): string {
  if (login === 'token') return 'Gogs does not know this token';
  if (login === 'basic') return 'The password is wrong, or this endpoint needs "token"';
  return 'Give the client a "token": Gogs wants one even for public repositories';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON at all is a case of its own
  }
}

function messageIn(body: unknown, secrets: readonly string[]): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  // Search endpoints call it `error`.
  const message = 'message' in body ? body.message : 'error' in body ? body.error : undefined;
  return typeof message === 'string' && message !== '' ? redact(message, secrets) : undefined;
}

/** Of an array of `{ fieldNames, classification, message }`. */
function fieldsIn(body: unknown, secrets: readonly string[]): FieldProblem[] {
  if (!Array.isArray(body)) return [];
  return body.flatMap((problem: unknown) => {
    if (typeof problem !== 'object' || problem === null) return [];
    const { fieldNames, classification, message } = problem as Record<string, unknown>;
    const names = Array.isArray(fieldNames) && fieldNames.length > 0 ? fieldNames : [''];
    const text = (value: unknown): string => (typeof value === 'string' ? redact(value, secrets) : '');
    return names.map((name) => ({ field: text(name), rule: text(classification), message: text(message) }));
  });
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
function retryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
