import { setTimeout as pause } from 'node:timers/promises';
import { GogsNetworkError, GogsServerError } from '../errors.ts';
import type { RetryOptions } from '../options.ts';
import type { Deadline } from './deadline.ts';
import { wasSent } from './network-error.ts';

/** Where the server was not reached or a proxy could not reach it. A 500 of Gogs is an answer and comes again. */
const passing = new Set([429, 502, 503, 504]);

/** True where doing it again cannot do it twice. */
export function mayRepeat(error: unknown, method: string): boolean {
  if (error instanceof GogsNetworkError) return method === 'GET' || !wasSent(error);
  return error instanceof GogsServerError && method === 'GET' && passing.has(error.status ?? 0);
}

/**
 * Exponential backoff with full jitter: any wait between nothing and a bound that doubles. A `Retry-After` that
 * fits into the deadline is honoured.
 *
 * @returns `undefined` where no attempt is left or no time for one.
 */
export function waitBefore(
  attempt: number,
  error: unknown,
  policy: Required<RetryOptions>,
  leftMs: number,
): number | undefined {
  if (attempt >= policy.attempts) return undefined;
  const jitter = Math.random() * Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  const asked = error instanceof GogsServerError ? (error.retryAfterMs ?? 0) : 0;
  const wait = Math.max(jitter, asked);
  return wait < leftMs ? wait : undefined;
}

/** Runs `work` until it succeeds, fails for good, or the deadline passes. */
export async function withRetries<T>(
  method: string,
  policy: Required<RetryOptions>,
  deadline: Deadline,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const wait = mayRepeat(error, method) ? waitBefore(attempt, error, policy, deadline.leftMs) : undefined;
      if (wait === undefined) throw error;
      await deadline.race(pause(wait, undefined, { signal: deadline.signal }));
    }
  }
}
