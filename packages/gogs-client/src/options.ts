import type { Dispatcher } from 'undici';
import { GogsArgumentError } from './errors.ts';

/** A name and its password. */
export interface BasicLogin {
  readonly username: string;
  readonly password: string;
}

/** How often what failed is tried again, and after how long. */
export interface RetryOptions {
  /** How often a request is sent at most, the first time included. Default 3. */
  readonly attempts?: number;
  /** The longest wait before the second attempt, in milliseconds; it doubles from there. Default 200. */
  readonly baseMs?: number;
  /** No wait is longer, but for a `Retry-After`. Default 5000. */
  readonly maxMs?: number;
}

/** Where a server is, who asks it, and how patiently. */
export interface GogsClientOptions {
  /** Where the site is, with its sub-path if it has one: `https://git.example.test/gogs/`. */
  readonly baseUrl: string | URL;
  /** An access token: 40 hex digits. Nearly every endpoint wants one, public repositories included. */
  readonly token?: string;
  /** Name and password: enough for access tokens and for what is open to everyone, not for the rest. */
  readonly basic?: BasicLogin;
  /** Default `ota-gogs-client`. */
  readonly userAgent?: string;
  /** How long a call may take, all its attempts included. Default 30 000 ms. */
  readonly timeoutMs?: number;
  /** How long a stream may take from its first read to its end. Default 600 000 ms. */
  readonly streamTimeoutMs?: number;
  /** The longest answer that is read into memory, in bytes. Default 64 MiB. */
  readonly maxAnswerBytes?: number;
  /** `false`: every request is sent once. */
  readonly retry?: RetryOptions | false;
  /** Any undici dispatcher: an agent with its own CA, a proxy, a mock. Default: undici's global one. */
  readonly dispatcher?: Dispatcher;
  /** Ends every call of this client. */
  readonly signal?: AbortSignal;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** In place of the client's. */
  readonly timeoutMs?: number;
}

/** Options as the rest of the package wants them. Holds secrets: it stays inside closures. */
export interface Settings {
  readonly origin: string;
  /** Of the site, without a slash at the end. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly login: 'token' | 'basic' | 'none';
  readonly username: string | undefined;
  /** Texts that no error may show. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  readonly streamTimeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly retry: Required<RetryOptions>;
  readonly dispatcher: Dispatcher | undefined;
  readonly signal: AbortSignal | undefined;
}

const headerText = /^[\x20-\x7e]+$/;

/** @throws GogsArgumentError naming the option that is wrong, never its value where that is a secret. */
export function readOptions(options: GogsClientOptions): Settings {
  const { token, basic, userAgent = 'ota-gogs-client', retry = {} } = options;
  const url = readBaseUrl(options.baseUrl);
  if (token !== undefined && basic) throw new GogsArgumentError('token', 'and "basic" exclude each other');
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new GogsArgumentError(
      'token',
      'must be visible ASCII without blanks: 40 hex digits, as Gogs shows it',
    );
  }
  if (basic && (basic.username === '' || basic.username.includes(':'))) {
    throw new GogsArgumentError('basic.username', 'must be a name without a colon');
  }
  if (!headerText.test(userAgent)) throw new GogsArgumentError('userAgent', 'must be visible ASCII');
  const encoded = basic && Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
  const authorization =
    token !== undefined ? `token ${token}` : encoded !== undefined ? `Basic ${encoded}` : '';
  const { attempts = 3, baseMs = 200, maxMs = 5_000 } = retry === false ? { attempts: 1 } : retry;
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    headers: { 'user-agent': userAgent, ...(authorization !== '' && { authorization }) },
    login: token !== undefined ? 'token' : basic ? 'basic' : 'none',
    username: basic?.username,
    secrets: [token, encoded, basic?.password].filter((secret): secret is string => !!secret),
    timeoutMs: positive('timeoutMs', options.timeoutMs ?? 30_000),
    streamTimeoutMs: positive('streamTimeoutMs', options.streamTimeoutMs ?? 600_000),
    maxAnswerBytes: positive('maxAnswerBytes', options.maxAnswerBytes ?? 64 * 1024 * 1024),
    retry: {
      attempts: positive('retry.attempts', attempts),
      baseMs: positive('retry.baseMs', baseMs),
      maxMs: positive('retry.maxMs', maxMs),
    },
    dispatcher: options.dispatcher,
    signal: options.signal,
  };
}

/** @throws GogsArgumentError unless the value is a number above 0. */
export function positive(name: string, value: number): number {
  if (!(value > 0)) throw new GogsArgumentError(name, 'must be a number above 0');
  return value;
}

function readBaseUrl(value: string | URL): URL {
  const url = URL.canParse(String(value)) ? new URL(String(value)) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new GogsArgumentError('baseUrl', 'must be an absolute http or https URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new GogsArgumentError('baseUrl', 'must not hold credentials: use "token" or "basic"');
  }
  if (url.search !== '' || url.hash !== '') {
    throw new GogsArgumentError('baseUrl', 'must have neither a query nor a fragment');
  }
  return url;
}
