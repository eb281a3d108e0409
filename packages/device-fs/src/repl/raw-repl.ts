import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { ReplError } from '../errors.ts';
import type { Link } from '../link/link.ts';
import { pause, waitFor, within, type Wait } from '../wait.ts';
import { Inbox } from './inbox.ts';
import { ctrl, defaultStepMs, friendlyGreeting, plainChunk, rawBanner, startsAnew } from './protocol.ts';
import { PasteRefused, RawPaste } from './raw-paste.ts';
import { readBytes, readUntil } from './search.ts';
import { send } from './send.ts';

/** What the board printed, and what it raised ('' where nothing). */
export interface RawResult {
  output: Buffer;
  traceback: string;
}

export interface RawExecOptions {
  /** Milliseconds without output after which a running program is taken for stuck. */
  idleMs: number;
  /** When all has to be over, on the clock of `performance.now()`. */
  endsAt: number;
  signal?: AbortSignal | undefined;
  /** Gets the output as it comes; `output` of the result is empty then. */
  onOutput?: ((bytes: Buffer) => void) | undefined;
  /** The code resets the board: no Ctrl-C where no answer comes, which would stop the program that starts. @default false */
  resets?: boolean;
}

/** What the board prints for this side and not for the user, taken out of the output. */
export interface OutputFilter {
  /** Code starts to run. */
  begin: () => void;
  /** @returns what is for the user. */
  pass: (bytes: Buffer) => Buffer;
  /** It has ended, or is to be stopped: nothing that is sent now would be read by it. */
  end: () => void;
}

/** How long the first try to get to the raw prompt may take, and each later one. */
const firstTryMs = 400;
const retryMs = 300;
/** How long it may take to find the prompt again. */
const enterMs = 15_000;
/** Bytes that are looked at again with the next ones: a sign of a reset may come in two pieces. */
const longestSign = 64;
/** For a program to end after Ctrl-C. */
const pauseMs = 50;

/** The raw REPL of one board: in, out, and code in between. Calls are made one after the other. */
export class RawRepl {
  readonly #link: Link;
  readonly #inbox: Inbox;
  readonly #paste: RawPaste;
  readonly #stepMs: number;
  outputFilter: OutputFilter | undefined = undefined;
  #canPaste: boolean | undefined;
  #ready = false;

  /** @param stepMs - how long the board may take for one step of the protocol. */
  constructor(link: Link, stepMs: number = defaultStepMs) {
    this.#link = link;
    this.#stepMs = stepMs;
    this.#inbox = new Inbox(link.stream, link.name);
    this.#paste = new RawPaste(link.stream, this.#inbox, stepMs);
    setMaxListeners(0, link.stream);
  }

  /** Whether the firmware has raw paste; `undefined` until code was run. */
  get canPaste(): boolean | undefined {
    return this.#canPaste;
  }

  get inbox(): Inbox {
    return this.#inbox;
  }

  /** At the raw prompt, as far as is known. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** Something else has talked to the board: find the prompt again before the next code. */
  forget(): void {
    this.#ready = false;
  }

  /**
   * Interrupts what runs and gets to the raw prompt, from whatever state the board is in.
   *
   * @throws ReplError REPL_NO_PROMPT where it does not come in time.
   */
  async enter(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const wait = waitFor('the raw REPL', firstTryMs, timeoutMs, signal);
    this.#ready = false;
    this.#inbox.discard();
    if (!(await this.#knock([0x0d, ctrl.c], wait))) await this.#insist(wait);
    this.#ready = true;
  }

  /**
   * Ctrl-C ends a program, a half-typed line, a paste; Ctrl-A gives the raw prompt, from the raw prompt too. What the board
   * says to that may come from before: only the answer to a question that nobody has asked yet shows that it listens.
   */
  async #knock(first: readonly number[], wait: Wait): Promise<boolean> {
    const word = randomBytes(4).toString('hex');
    const question = Buffer.from(`print('${word}',end='')`);
    await this.#send([...first, ctrl.a, ...question, ctrl.d], wait);
    return this.#sees(`OK${word}\x04\x04>`, wait);
  }

  /** Runs code. A device's exception is part of the result. */
  async exec(code: Uint8Array, options: RawExecOptions): Promise<RawResult> {
    const { idleMs, endsAt, signal } = options;
    signal?.throwIfAborted();
    if (!this.#ready) await this.enter(Math.min(enterMs, endsAt - performance.now()), signal);
    const wait: Wait = { what: 'the end of the code that runs on the board', idleMs, endsAt, signal };
    this.#ready = false;
    this.outputFilter?.begin();
    try {
      await this.#transmit(code, wait);
      const output = await this.#section(wait, options.onOutput);
      const traceback = await this.#section(within(wait, 'the end of the answer', this.#stepMs));
      const [prompt] = await readBytes(this.#inbox, 1, within(wait, 'the raw prompt', this.#stepMs));
      if (prompt !== 0x3e)
        throw new ReplError('REPL_PROTOCOL', 'the answer does not end with the raw prompt');
      // What a mounted directory had answered may still lie before the prompt.
      this.#ready = !(this.outputFilter && traceback.includes('KeyboardInterrupt'));
      return { output, traceback: traceback.toString('utf8').replaceAll('\r\n', '\n') };
    } catch (error) {
      // What runs after a reset is the board's own program.
      const isReset = error instanceof ReplError && error.code === 'REPL_RESET';
      if (!options.resets && !isReset) this.#stopProgram();
      throw error;
    } finally {
      this.outputFilter?.end();
    }
  }

  /** Ctrl-C, now: what runs gets a KeyboardInterrupt. */
  interrupt(): void {
    this.#stopProgram();
  }

  /** Back to the friendly prompt, where the board is left in peace. */
  async leave(signal?: AbortSignal): Promise<void> {
    this.#ready = false;
    await this.#send([ctrl.b], waitFor('room in the link', this.#stepMs, this.#stepMs, signal));
  }

  /**
   * Restarts MicroPython: boot.py runs, and main.py unless `raw`, which ends at the raw prompt.
   */
  async softReset(raw: boolean, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const wait = waitFor('the soft reset', timeoutMs, timeoutMs, signal);
    await this.enter(timeoutMs, signal);
    this.#ready = false;
    if (raw) {
      await this.#send([ctrl.d], wait);
      await readUntil(this.#inbox, rawBanner, wait);
      this.#ready = true;
      return;
    }
    await this.#send([ctrl.b], wait);
    await readUntil(this.#inbox, '>>> ', within(wait, 'the prompt', this.#stepMs));
    await this.#send([ctrl.d], wait);
    await readUntil(this.#inbox, 'soft reboot', wait);
  }

  async #transmit(code: Uint8Array, wait: Wait): Promise<void> {
    if (this.#canPaste !== false) {
      try {
        if ((await this.#paste.send(code, wait)) === 'sent') {
          this.#canPaste = true;
          return;
        }
      } catch (error) {
        if (!(error instanceof PasteRefused)) throw error;
        const [end] = await readBytes(this.#inbox, 1, within(wait, "the board's reason", this.#stepMs));
        if (end === ctrl.d) return;
      }
      this.#canPaste = false;
    }
    await this.#plain(code, wait);
  }

  async #plain(source: Uint8Array, wait: Wait): Promise<void> {
    // Ctrl-D alone would be a soft reset.
    const code = source.length > 0 ? source : Buffer.from('pass');
    for (let at = 0; at < code.length; at += plainChunk.bytes) {
      await this.#send(code.subarray(at, at + plainChunk.bytes), wait);
      await pause(plainChunk.pauseMs, wait.signal);
    }
    await this.#send([ctrl.d], wait);
    const answer = await readBytes(this.#inbox, 2, within(wait, 'the OK for the code', this.#stepMs));
    if (answer.toString('latin1') !== 'OK') {
      throw new ReplError('REPL_PROTOCOL', `${JSON.stringify(answer.toString('latin1'))} came instead of OK`);
    }
  }

  /** Output up to the next Ctrl-D. */
  async #section(wait: Wait, onOutput?: (bytes: Buffer) => void): Promise<Buffer> {
    const parts: Buffer[] = [];
    let tail = Buffer.alloc(0);
    for (;;) {
      const bytes = await this.#inbox.next(wait);
      const end = bytes.indexOf(ctrl.d);
      const raw = end < 0 ? bytes : bytes.subarray(0, end);
      const piece = this.outputFilter ? this.outputFilter.pass(raw) : raw;
      if (onOutput && piece.length > 0) onOutput(piece);
      else parts.push(piece);
      if (end >= 0) {
        this.#inbox.unread(bytes.subarray(end + 1));
        return Buffer.concat(parts);
      }
      const recent = Buffer.concat([tail, piece]);
      tail = recent.subarray(-longestSign);
      if (
        tail.subarray(-friendlyGreeting.length).equals(friendlyGreeting) ||
        startsAnew.test(recent.toString('latin1'))
      ) {
        throw new ReplError(
          'REPL_RESET',
          'the board was reset while code ran on it: a watchdog, or its power?',
        );
      }
    }
  }

  async #insist(wait: Wait): Promise<void> {
    for (;;) {
      if (performance.now() >= wait.endsAt) {
        throw new ReplError(
          'REPL_NO_PROMPT',
          `${this.#link.name} does not come to the raw REPL: is this a board with MicroPython, and no other program ` +
            'connected? A program that catches Ctrl-C, or sleeps deeply, needs a reset of the board',
        );
      }
      // Some programs need two; some boards take seconds over one.
      await this.#send([0x0d, ctrl.c, ctrl.c], wait);
      await pause(pauseMs, wait.signal);
      this.#inbox.discard();
      if (await this.#knock([ctrl.c], { ...wait, idleMs: retryMs })) return;
    }
  }

  async #sees(marker: string, wait: Wait): Promise<boolean> {
    // A program that never stops printing must not hold this up.
    const endsAt = Math.min(wait.endsAt, performance.now() + wait.idleMs * 2);
    try {
      await readUntil(this.#inbox, marker, { ...wait, endsAt });
      return true;
    } catch (error) {
      if (error instanceof ReplError) return false;
      throw error;
    }
  }

  #stopProgram(): void {
    this.#ready = false;
    const { stream } = this.#link;
    if (!stream.destroyed && !stream.writableEnded) stream.write(Buffer.from([ctrl.c]));
  }

  #send(bytes: Uint8Array | readonly number[], wait: Wait): Promise<void> {
    return send(this.#link.stream, Uint8Array.from(bytes), {
      ...wait,
      idleMs: Math.max(wait.idleMs, this.#stepMs),
    });
  }
}
