import { GogsAbortedError, GogsTimeoutError, type GogsError } from '../errors.ts';

/**
 * One call's end: its time is up, or one of the signals says stop. Listeners are removed by `dispose`, which
 * `AbortSignal.any` on a signal that lives as long as the client would not do.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #signals: readonly AbortSignal[];
  readonly #timeoutMs: number;
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  readonly #stopped: Promise<never>;
  #end: 'timeout' | AbortSignal | undefined;
  #reject: (reason: unknown) => void = () => undefined;

  constructor(timeoutMs: number, signals: readonly (AbortSignal | undefined)[]) {
    this.#timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.#signals = signals.filter((signal) => signal !== undefined);
    this.#stopped = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.#stopped.catch(() => undefined); // whoever races it hears of it; nobody has to
    // setTimeout takes 31 bits; a longer deadline is none.
    this.#timer = setTimeout(
      () => {
        this.#stop('timeout');
      },
      Math.min(timeoutMs, 2 ** 31 - 1),
    );
    for (const signal of this.#signals) {
      if (signal.aborted) this.#stop(signal);
      else signal.addEventListener('abort', this.#onAbort);
    }
  }

  /** Aborts when the call ends early. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get leftMs(): number {
    return this.#endsAt - performance.now();
  }

  /** @throws GogsTimeoutError or GogsAbortedError as soon as the call has to end, whatever `work` does then. */
  async race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#stopped]);
  }

  /** What ended the call, if it was the deadline or a signal. */
  error(method?: string, url?: string): GogsError | undefined {
    const context = { ...(method !== undefined && { method }), ...(url !== undefined && { url }) };
    if (this.#end === 'timeout') {
      return new GogsTimeoutError(
        `no complete answer within ${this.#timeoutMs} ms`,
        this.#timeoutMs,
        context,
      );
    }
    return (
      this.#end && new GogsAbortedError('aborted by its signal', { ...context, cause: this.#end.reason })
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (event: Event): void => {
    this.#stop(event.target as AbortSignal);
  };

  #stop(end: 'timeout' | AbortSignal): void {
    if (this.#end) return;
    this.#end = end;
    const error = this.error();
    this.#controller.abort(error);
    this.#reject(error);
  }
}
