import type { Duplex } from 'node:stream';
import { LinkError } from '../errors.ts';
import { timeoutError, type Wait } from '../wait.ts';

/** Bytes from the board that nobody has looked at yet. One reader at a time. */
export class Inbox {
  readonly #stream: Duplex;
  readonly #name: string;
  #chunks: Buffer[] = [];
  #failure: LinkError | undefined;
  #wake: (() => void) | undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#wake?.();
  };
  readonly #onEnd = (): void => {
    this.#fail(undefined);
  };
  readonly #onError = (cause: Error): void => {
    this.#fail(cause);
  };

  constructor(stream: Duplex, name: string) {
    this.#stream = stream;
    this.#name = name;
    if (stream.destroyed || stream.readableEnded) this.#fail(stream.errored ?? undefined);
    stream.on('data', this.#onData);
    stream.on('end', this.#onEnd);
    stream.on('close', this.#onEnd);
    stream.on('error', this.#onError);
    stream.resume(); // whoever had it before may have paused it
  }

  /** Set once the link is gone. */
  get failure(): LinkError | undefined {
    return this.#failure;
  }

  /** Stops listening; who waits is told that the link was closed. An error of the stream after that bothers no one. */
  detach(): void {
    this.#failure ??= new LinkError('LINK_CLOSED', `${this.#name} was closed`);
    this.#stream.off('data', this.#onData);
    this.#stream.off('end', this.#onEnd);
    this.#stream.off('close', this.#onEnd);
    this.#wake?.();
  }

  /** Throws away what has come so far. @returns what it was. */
  discard(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return all;
  }

  /** Puts back what was read too much. */
  unread(bytes: Buffer): void {
    if (bytes.length > 0) this.#chunks.unshift(bytes);
  }

  /**
   * All that has come, at least one byte.
   *
   * @throws ReplError REPL_TIMEOUT, LinkError LINK_LOST or LINK_CLOSED, or the signal's reason.
   */
  async next(wait: Wait): Promise<Buffer> {
    wait.signal?.throwIfAborted();
    if (this.#chunks.length === 0) await this.#arrival(wait);
    return this.discard();
  }

  #arrival(wait: Wait): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      const { signal } = wait;
      const left = wait.endsAt - performance.now();
      const byIdle = wait.idleMs < left;
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#wake = undefined;
        action();
      };
      const onAbort = (): void => {
        settle(() => {
          reject(signal?.reason as Error);
        });
      };
      const timer = setTimeout(
        () => {
          settle(() => {
            reject(timeoutError(wait, byIdle));
          });
        },
        Math.min(Math.max(0, Math.min(wait.idleMs, left)), 0x7fffffff),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#wake = () => {
        settle(() => {
          if (this.#chunks.length > 0) resolve();
          else reject(this.#failure ?? new LinkError('LINK_LOST', `${this.#name} is gone`));
        });
      };
    });
  }

  #fail(cause: Error | undefined): void {
    this.#failure ??= new LinkError(
      'LINK_LOST',
      `the connection to the board (${this.#name}) broke: check the cable, then try again`,
      { cause },
    );
    this.#wake?.();
  }
}
