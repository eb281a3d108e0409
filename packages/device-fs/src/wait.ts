import { ReplError } from './errors.ts';

/** How long to wait, and for what. */
export interface Wait {
  /** Milliseconds without a single byte. */
  idleMs: number;
  /** When all has to be over, on the clock of `performance.now()`. */
  endsAt: number;
  signal?: AbortSignal | undefined;
  /** For the message of a timeout: "the board's answer". */
  what: string;
}

/** A wait that ends `totalMs` from now. */
export function waitFor(what: string, idleMs: number, totalMs: number, signal?: AbortSignal): Wait {
  return { what, idleMs, endsAt: performance.now() + totalMs, signal };
}

/** The same deadline and signal, for a part that needs a shorter pause between bytes. */
export function within(wait: Wait, what: string, idleMs: number): Wait {
  return { ...wait, what, idleMs: Math.min(idleMs, wait.idleMs) };
}

export function timeoutError(wait: Wait, byIdle: boolean): ReplError {
  const message = byIdle
    ? `${wait.what} did not come: no byte for ${wait.idleMs} ms`
    : `${wait.what} did not come in the time that was allowed for all of it`;
  return new ReplError('REPL_TIMEOUT', `${message}. Is the board connected, and not reset in between?`);
}

/** Resolves after `ms`; rejects with the signal's reason where that comes first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * What a promise comes to, if it does so in time; `idleMs` does not count.
 *
 * @throws ReplError REPL_TIMEOUT, or the signal's reason.
 */
export function inTime<T>(work: Promise<T>, wait: Wait): Promise<T> {
  return until(work, wait.endsAt, () => timeoutError(wait, false), wait.signal);
}

/**
 * What a promise comes to, if it does so by a time of `performance.now()`.
 *
 * @throws what `late` makes, or the signal's reason.
 */
export async function until<T>(
  work: Promise<T>,
  endsAt: number,
  late: () => Error,
  signal: AbortSignal | undefined,
): Promise<T> {
  const done = new AbortController();
  const either = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  const end = pause(Math.min(Math.max(0, endsAt - performance.now()), 0x7fffffff), either).then(() => {
    throw late();
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    done.abort();
    end.catch(() => undefined);
    work.catch(() => undefined);
  }
}
