import type { WaitOptions } from './transcript.ts';

/** What goes on while somebody waits for something of a node: when the node ends, so do the waits, and say why. */
export class Waits {
  readonly #open = new Set<AbortController>();

  /** @throws what `wait` throws; the reason given to {@link end} where that comes first. */
  async run<T>(options: WaitOptions, wait: (options: WaitOptions) => Promise<T>): Promise<T> {
    const ended = new AbortController();
    const { signal } = options;
    this.#open.add(ended);
    try {
      return await wait({
        ...options,
        signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal,
      });
    } finally {
      this.#open.delete(ended);
    }
  }

  end(reason: Error): void {
    for (const ended of [...this.#open]) ended.abort(reason);
  }
}
