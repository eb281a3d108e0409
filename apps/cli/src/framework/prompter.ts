import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { usageError } from './cli-error.ts';
import type { Io } from './io.ts';

/** Asks a person at the terminal, on stderr: stdout is for data. */
export class Prompter {
  readonly #io: Io;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Whether there is somebody to answer. */
  get canAsk(): boolean {
    return this.#io.stdin.isTTY === true && this.#io.stderr.isTTY === true;
  }

  /** @param fallback what an empty answer means. @throws CliError USAGE where nobody can answer; the signal's reason. */
  async ask(question: string, fallback = ''): Promise<string> {
    const hint = fallback === '' ? '' : ` [${fallback}]`;
    const answer = await this.#read(`${question}${hint}: `, false);
    return answer.trim() || fallback;
  }

  /** What is typed does not show. */
  async askSecret(question: string): Promise<string> {
    return this.#read(`${question}: `, true);
  }

  /** Only a clear yes is one. */
  async confirm(question: string): Promise<boolean> {
    const answer = await this.#read(`${question} Type "yes" to go on: `, false);
    return /^y(es)?$/i.test(answer.trim());
  }

  async #read(question: string, isSecret: boolean): Promise<string> {
    if (!this.canAsk) throw usageError(`nobody is there to answer "${question.trim()}"`);
    const { stdin, stderr, signal } = this.#io;
    let isMuted = false;
    const output = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        if (!isMuted) stderr.write(chunk);
        done();
      },
    });
    const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
    const interrupted = new AbortController();
    // In raw mode Ctrl-C and a closed input reach readline and not the process.
    lines.once('SIGINT', () => {
      interrupted.abort(new InterruptedError());
    });
    lines.once('close', () => {
      interrupted.abort(new InterruptedError());
    });
    try {
      const both = AbortSignal.any([signal, interrupted.signal]);
      const answer = lines.question(question, { signal: both });
      isMuted = isSecret;
      return await answer;
    } catch (error) {
      throw signal.aborted ? signal.reason : interrupted.signal.aborted ? interrupted.signal.reason : error;
    } finally {
      if (isSecret) stderr.write('\n');
      lines.close();
    }
  }
}

/** Ctrl-C at a question. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly code = 'INTERRUPTED';

  constructor() {
    super('interrupted');
  }
}
