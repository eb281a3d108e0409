import { PythonError, ReplError } from './errors.ts';
import type { Link } from './link/link.ts';
import { exceptionOf } from './python/errno.ts';
import { parsePython, type PythonValue } from './python/parse.ts';
import { garbledMark, sealed, shortDigest, type Checksum } from './python/sealed.ts';
import { RawRepl, type RawExecOptions, type RawResult } from './repl/raw-repl.ts';
import { inTime } from './wait.ts';

export interface BoardOptions {
  /** Milliseconds that the board may take for one step of the protocol. @default 3000 */
  stepMs?: number;
}

export interface AskOptions {
  /** Milliseconds without a byte. @default 20 000: a flash may be slow */
  idleMs?: number;
  /** Milliseconds for all of it, from the call. @default 60 000 */
  timeoutMs?: number;
  /** When all has to be over, on the clock of `performance.now()`; `timeoutMs` does not count then. */
  endsAt?: number;
  signal?: AbortSignal | undefined;
  /** Asking twice does no harm: a question whose answer was lost may be asked again. */
  repeatable?: boolean;
}

/** How often a question is asked at most. */
const tries = 3;

/** One board: its REPL, used by one caller at a time, and what is known about its firmware. */
export class Board {
  readonly repl: RawRepl;
  readonly link: Link;
  /** Bytes beyond ASCII do not arrive as they are: set once that was seen. */
  refusesBinary = false;
  /** The firmware has no `sys.stdout.buffer`: set once that was seen. */
  hasNoRawOutput = false;
  #checksum: Checksum = 'sha256';
  #last: Promise<unknown> = Promise.resolve();
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(link: Link, options: BoardOptions = {}) {
    this.link = link;
    this.repl = new RawRepl(link, options.stepMs);
  }

  get checksum(): Checksum {
    return this.#checksum;
  }

  /** Does what nobody else may come between. */
  async exclusively<T>(action: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const done = before.then(action, action);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /**
   * Does what takes several exchanges and writes files: one such thing at a time, because files are collected under one name
   * in each directory. What only reads may come between. The waiting counts.
   *
   * @throws ReplError REPL_TIMEOUT or the signal's reason, where the turn did not come.
   */
  async writing<T>(limits: RawExecOptions, action: () => Promise<T>): Promise<T> {
    const before = this.#lastWrite;
    let finish: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      finish = resolve;
    });
    // Whoever gives up waiting lets nobody past the one that still writes.
    this.#lastWrite = before.then(() => mine);
    try {
      await inTime(before, { ...limits, what: 'the end of another write to this board' });
      return await action();
    } finally {
      finish();
    }
  }

  /** Runs code. @throws PythonError where it raises. */
  async run(code: Uint8Array, options: RawExecOptions): Promise<RawResult> {
    const result = await this.exclusively(() => this.repl.exec(code, options));
    if (result.traceback) throw new PythonError(exceptionOf(result.traceback).name, result.traceback);
    return result;
  }

  /**
   * Runs statements that report by `e(value)`, checked on their way in and out. What takes long shows by dots that the
   * board lives: they count for nothing but `idleMs`.
   *
   * @param body - a function where it depends on the firmware, of which the first question tells.
   * @returns the reported values.
   * @throws ReplError REPL_GARBLED where bytes changed on the way, three times over.
   */
  async ask(body: string | (() => string), options: AskOptions = {}): Promise<PythonValue[]> {
    const { repeatable = false } = options;
    const limits = limitsOf(options);
    for (let attempt = 1; ; attempt++) {
      try {
        const text = typeof body === 'string' ? body : body();
        const code = sealed(text, { style: 'ascii', checksum: this.#checksum });
        const { output } = await this.run(code, limits);
        return this.#values(output);
      } catch (error) {
        const wrong = asGarbled(error);
        if (this.#checksum === 'sha256' && isMissingHash(error)) {
          this.#checksum = 'sum';
          continue;
        }
        const again = wrong !== undefined || (repeatable && isPassing(error));
        if (!again || attempt >= tries || performance.now() >= limits.endsAt) throw wrong ?? error;
      }
    }
  }

  #values(output: Buffer): PythonValue[] {
    const lines = output
      .toString('utf8')
      .split(/\r?\n/)
      .map((line) => line.replace(/^\.+/, ''));
    if (lines.pop() !== '') throw garbled('the answer has no end');
    if (this.#checksum === 'sha256') {
      const digest = lines.pop() ?? '';
      if (!isDigest(digest, shortDigest(Buffer.from(lines.join('')))))
        throw garbled('the answer does not fit its checksum');
    }
    return lines.map((line) => parsePython(line));
  }
}

/** With defaults, and the deadline as a time: it counts for all tries together. */
export function limitsOf(options: AskOptions, defaultMs = 60_000): RawExecOptions {
  const { idleMs = 20_000, timeoutMs = defaultMs, signal } = options;
  return { idleMs, endsAt: options.endsAt ?? performance.now() + timeoutMs, signal };
}

function isDigest(text: string, expected: Buffer): boolean {
  try {
    const value = parsePython(text);
    return Buffer.isBuffer(value) && value.equals(expected);
  } catch {
    return false; // bytes that changed on the way
  }
}

function garbled(what: string, cause?: unknown): ReplError {
  return new ReplError(
    'REPL_GARBLED',
    `${what}: bytes were lost or changed on the way. Try a shorter cable`,
    {
      cause,
    },
  );
}

/** Worth another try: the conversation failed, not the board. */
export function isPassing(error: unknown): boolean {
  if (error instanceof PythonError) return error.exception === 'KeyboardInterrupt';
  return error instanceof ReplError && error.code !== 'REPL_NO_PROMPT';
}

/**
 * The error of code that arrived damaged, so that nothing of it was run: either its seal was broken, or what is around
 * the seal did not compile or run, which shows by a traceback that does not reach into the sealed code.
 */
export function asGarbled(error: unknown): ReplError | undefined {
  if (!(error instanceof PythonError)) return undefined;
  const { exception, traceback } = error;
  if (traceback.includes(garbledMark)) return garbled('the board got damaged code and did not run it', error);
  if (traceback.includes('File "<string>"')) return undefined;
  if (/^(MemoryError|KeyboardInterrupt|SystemExit)$/.test(exception) || isMissingHash(error))
    return undefined;
  return garbled(`the board could not read what it got (${exception})`, error);
}

function isMissingHash(error: unknown): boolean {
  return error instanceof PythonError && /^ImportError: .*hashlib/m.test(error.traceback);
}
