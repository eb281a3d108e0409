/** How long a wait may take, and what ends it early. */
export interface Deadline {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error to reject with once the time is up. */
  readonly expired: () => Error;
}

/**
 * Waits for `promise`, but no longer than the deadline allows. The promise itself is not stopped.
 *
 * @throws what `expired` makes, or the reason of `signal`.
 */
export async function within<T>(promise: Promise<T>, { timeoutMs, signal, expired }: Deadline): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(signal?.reason as Error);
    };
    timer = setTimeout(() => {
      reject(expired());
    }, timeoutMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}
