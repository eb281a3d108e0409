/**
 * What a piece of work tells while it goes on, as something to iterate. It ends when the work does, and throws what that throws; who stops iterating aborts it.
 *
 * @param work gets `emit`, and a signal that follows `signal`.
 */
export async function* emitted<T>(
  signal: AbortSignal,
  work: (emit: (item: T) => void, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<T, void, undefined> {
  const left = new AbortController();
  const items: T[] = [];
  let wake = (): void => undefined;
  const state = { isOver: false };
  const emit = (item: T): void => {
    items.push(item);
    wake();
  };
  const running = work(emit, AbortSignal.any([signal, left.signal])).finally(() => {
    state.isOver = true;
    wake();
  });
  // Awaited below; until then it must not count as unhandled.
  running.catch(() => undefined);
  try {
    for (;;) {
      yield* items.splice(0);
      if (items.length > 0) continue;
      if (state.isOver) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (items.length > 0 || state.isOver) resolve();
      });
    }
    await running;
  } finally {
    left.abort(new Error('nobody listens any more'));
    await running.catch(() => undefined);
  }
}
