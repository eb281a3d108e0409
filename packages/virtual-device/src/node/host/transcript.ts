import { VirtualNodeError } from '../node-errors.ts';

/** How long to wait for output, and what may end it. */
export interface WaitOptions {
  /** Real time. Default 20 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** All that a console has printed. */
export class Transcript {
  readonly #decoder = new TextDecoder();
  readonly #listeners = new Set<() => void>();
  #text = '';
  #matchedTo = 0;

  get text(): string {
    return this.#text;
  }

  add(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Waits for a pattern in what came after the last match.
   *
   * @throws {@link VirtualNodeError} with code `TIMEOUT`, which shows the end of what was printed; the signal's reason.
   */
  async waitFor(
    pattern: RegExp | string,
    options: WaitOptions & { what: string },
  ): Promise<RegExpMatchArray> {
    const { timeoutMs = 20_000, signal, what } = options;
    signal?.throwIfAborted();
    const expression = typeof pattern === 'string' ? new RegExp(escape(pattern)) : pattern;
    const look = (): RegExpMatchArray | null => {
      const match = this.#text.slice(this.#matchedTo).match(expression);
      if (match?.index !== undefined) this.#matchedTo += match.index + match[0].length;
      return match;
    };
    const found = look();
    if (found) return found;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(onText);
        signal?.removeEventListener('abort', onAbort);
      };
      const onText = (): void => {
        const match = look();
        if (!match) return;
        finish();
        resolve(match);
      };
      const onAbort = (): void => {
        finish();
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        finish();
        const tail = this.#text.slice(-2000);
        reject(
          new VirtualNodeError(
            'TIMEOUT',
            `${what} did not print ${String(pattern)} within ${timeoutMs} ms:\n${tail}`,
          ),
        );
      }, timeoutMs);
      this.#listeners.add(onText);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
