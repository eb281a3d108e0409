import { Readable } from 'node:stream';
import { GogsAbortedError, GogsError, GogsTimeoutError } from '../errors.ts';
import type { Settings } from '../options.ts';
import type { Opened } from './exchange.ts';
import { networkError } from './network-error.ts';
import { codeOf } from './redact.ts';

/** Looks at a body as it goes by. Both may throw, which ends the stream with that error. */
export interface Guard {
  readonly chunk: (chunk: Buffer) => void;
  readonly end: () => void;
}

export interface GuardedStreamOptions {
  readonly opened: Opened;
  readonly guards: readonly Guard[];
  readonly settings: Settings;
  readonly signals: readonly (AbortSignal | undefined)[];
  /** How long undici lets the body pause. */
  readonly pauseMs: number;
}

/**
 * A body that ends well only if every guard is content: until then its reader has bytes, but no `end`. Nothing is read
 * ahead of the reader but a socket's buffer, and the time limit starts with the first read.
 */
export class GuardedStream extends Readable {
  readonly #opened: Opened;
  readonly #guards: readonly Guard[];
  readonly #settings: Settings;
  readonly #signals: readonly AbortSignal[];
  #timer: NodeJS.Timeout | undefined;
  readonly #pauseMs: number;
  #started = false;

  constructor({ opened, guards, settings, signals, pauseMs }: GuardedStreamOptions) {
    super();
    this.#opened = opened;
    this.#guards = guards;
    this.#settings = settings;
    this.#pauseMs = pauseMs;
    this.#signals = signals.filter((signal) => signal !== undefined);
    opened.body.once('error', (error) => {
      this.destroy(error);
    });
    for (const signal of this.#signals) {
      if (signal.aborted) this.#stopBy(signal);
      else signal.addEventListener('abort', this.#onAbort);
    }
  }

  override _read(): void {
    if (this.#started) {
      this.#opened.body.resume();
      return;
    }
    this.#started = true;
    const { streamTimeoutMs } = this.#settings;
    this.#timer = setTimeout(
      () => {
        const message = `no end of the stream within ${streamTimeoutMs} ms`;
        this.destroy(new GogsTimeoutError(message, streamTimeoutMs, this.#opened.context));
      },
      Math.min(streamTimeoutMs, 2 ** 31 - 1),
    );
    const { body } = this.#opened;
    body.on('data', (chunk: Buffer) => {
      this.#guarded(() => {
        for (const guard of this.#guards) guard.chunk(chunk);
        if (!this.push(chunk)) body.pause();
      });
    });
    body.once('end', () => {
      this.#guarded(() => {
        for (const guard of this.#guards) guard.end();
        this.push(null);
      });
    });
    body.once('close', () => {
      if (!body.readableEnded) this.destroy(new Error('the body ended early'));
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onAbort);
    this.#opened.body.destroy();
    callback(error && this.#named(error));
  }

  #named(error: Error): Error {
    if (error instanceof GogsError || isOfReader(error)) return error;
    const { context } = this.#opened;
    const named = networkError(error, context, this.#settings.secrets);
    if (codeOf(error) !== 'UND_ERR_BODY_TIMEOUT') return named;
    return new GogsTimeoutError(`no bytes for ${this.#pauseMs} ms`, this.#pauseMs, {
      ...context,
      cause: named.cause,
    });
  }

  readonly #onAbort = (event: Event): void => {
    this.#stopBy(event.target as AbortSignal);
  };

  #stopBy(signal: AbortSignal): void {
    const cause: unknown = signal.reason;
    this.destroy(new GogsAbortedError('aborted by its signal', { ...this.#opened.context, cause }));
  }

  #guarded(work: () => void): void {
    if (this.destroyed) return;
    try {
      work();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Whoever reads stopped: `for await` with `break`, or a pipeline whose other end failed. */
function isOfReader(error: Error): boolean {
  return 'code' in error && (error.code === 'ABORT_ERR' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}
