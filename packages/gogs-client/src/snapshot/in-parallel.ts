/**
 * Works through a queue, which may grow meanwhile, so many at a time. The first failure stops the others through
 * their signal, and is thrown when all of them have ended.
 */
export async function inParallel<T>(
  queue: readonly T[],
  width: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  const start = (item: T): void => {
    const task = work(item, stop)
      .catch((error: unknown) => {
        failures.push(error);
        failed.abort();
      })
      .finally(() => running.delete(task));
    running.add(task);
  };
  for (let next = 0; running.size > 0 || (next < queue.length && failures.length === 0);) {
    while (running.size < width && next < queue.length && failures.length === 0) start(queue[next++] as T);
    await Promise.race(running);
  }
  if (failures.length > 0) throw failures[0];
}
