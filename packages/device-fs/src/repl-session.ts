import type { Duplex, Readable, Writable } from 'node:stream';
import { DeviceFsError, LinkError } from './errors.ts';
import type { Link } from './link/link.ts';
import { openLink, type OpenLinkOptions } from './link/open-link.ts';
import { Inbox } from './repl/inbox.ts';
import { ctrl, plainChunk } from './repl/protocol.ts';
import { send } from './repl/send.ts';
import { pause, waitFor } from './wait.ts';

/** Where a terminal session reads and writes. */
export interface ReplOptions extends OpenLinkOptions {
  /** What the user types, raw: a terminal in raw mode. */
  input: Readable;
  /** Gets what the board says, and a word in brackets where the cable is lost or back. */
  output: Writable;
  /** Milliseconds between two attempts to open a link that was lost. @default 500 */
  retryMs?: number;
}

const leaveKey = 0x1d; // Ctrl-]
const sendMs = 10_000;
/** More than this at once is no key, not even one that sends an escape sequence: a terminal hands on a paste in pieces. */
const mostKey = 16;
/** The pieces of a paste follow each other faster than this. */
const pasteGapMs = 20;

/**
 * A terminal on a board's REPL: keys go to the board, Ctrl-C and Ctrl-D among them, until Ctrl-] leaves. A reset of the board
 * shows, and ends nothing; a cable that is pulled is waited for, if `to` is an address.
 *
 * @throws LinkError where the link cannot be opened at first, or a link that is no address is lost.
 */
export async function runRepl(to: string | Link | Duplex, options: ReplOptions): Promise<void> {
  await new ReplSession(to, options).run();
}

class ReplSession {
  readonly #to: string | Link | Duplex;
  readonly #options: ReplOptions;
  readonly #left = new AbortController();
  /** What is still to be typed is not wanted any more. */
  #isStopped = false;
  /** Pieces of a paste that may not be whole. */
  #pieces: Buffer[] = [];
  #gap: NodeJS.Timeout | undefined = undefined;
  #link: Link | undefined;
  #typed: Promise<void> = Promise.resolve();

  constructor(to: string | Link | Duplex, options: ReplOptions) {
    this.#to = to;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { input, signal } = this.#options;
    const onKeys = (keys: Buffer | string): void => {
      this.#onKeys(Buffer.from(keys as string));
    };
    const onEnd = (): void => {
      this.#typePieces();
      this.#left.abort();
    };
    this.#link = await openLink(this.#to, this.#linkOptions);
    input.on('data', onKeys);
    input.once('end', onEnd);
    try {
      // An empty line shows the prompt, if there is one.
      this.#type(Buffer.of(0x0d));
      while (!this.#left.signal.aborted) await this.#show(this.#link);
    } finally {
      input.off('data', onKeys);
      input.off('end', onEnd);
      this.#typePieces();
      await this.#typed;
      await this.#link.close();
    }
    signal?.throwIfAborted();
  }

  get #signal(): AbortSignal {
    const { signal } = this.#options;
    return signal ? AbortSignal.any([signal, this.#left.signal]) : this.#left.signal;
  }

  get #linkOptions(): OpenLinkOptions {
    return { ...this.#options, signal: this.#signal };
  }

  /** Until the link is lost, or the user leaves. */
  async #show(link: Link): Promise<void> {
    const inbox = new Inbox(link.stream, link.name);
    const wait = waitFor('output', Infinity, Infinity, this.#signal);
    try {
      for (;;) this.#options.output.write(await inbox.next(wait));
    } catch (error) {
      if (this.#signal.aborted) {
        this.#left.abort();
        return;
      }
      if (!(error instanceof LinkError) || typeof this.#to !== 'string') throw error;
      this.#options.output.write(`\r\n[the connection is lost: waiting for ${link.name}]\r\n`);
      await link.close();
      await this.#reopen();
    } finally {
      inbox.detach();
    }
  }

  async #reopen(): Promise<void> {
    const { retryMs = 500, output } = this.#options;
    for (;;) {
      try {
        this.#link = await openLink(this.#to, this.#linkOptions);
        output.write('[connected again]\r\n');
        return;
      } catch (error) {
        if (this.#signal.aborted) return;
        if (!(error instanceof DeviceFsError)) throw error;
      }
      await pause(retryMs, this.#signal).catch(() => undefined); // the next attempt sees why
    }
  }

  #onKeys(keys: Buffer): void {
    const end = keys.indexOf(leaveKey);
    const typed = end < 0 ? keys : keys.subarray(0, end);
    if (typed.length > 0) this.#pieces.push(typed);
    clearTimeout(this.#gap);
    if (end < 0 && (this.#pieces.length > 1 || typed.length > mostKey)) {
      this.#gap = setTimeout(() => {
        this.#typePieces();
      }, pasteGapMs);
      return;
    }
    // The key alone means now: somebody has had enough of a long paste. Behind text it is the end of a script.
    if (end === 0) this.#isStopped = true;
    this.#typePieces();
    if (end >= 0) this.#left.abort();
  }

  #typePieces(): void {
    clearTimeout(this.#gap);
    const keys = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#type(keys);
  }

  /** In order, and not faster than a board without flow control can take: a paste may be long. */
  #type(keys: Buffer): void {
    if (keys.length === 0) return;
    const paste = isPaste(keys) ? asPaste(keys) : keys;
    this.#typed = this.#typed.then(async () => {
      try {
        for (let at = 0; at < paste.length; at += plainChunk.bytes) {
          if (at > 0) await pause(plainChunk.pauseMs);
          const isOver = at > 0 && (this.#isStopped || this.#options.signal?.aborted === true);
          // Half a paste is not run.
          const piece = isOver ? Buffer.of(ctrl.c) : paste.subarray(at, at + plainChunk.bytes);
          const stream = this.#link?.stream;
          if (stream) await send(stream, piece, waitFor('room', sendMs, sendMs));
          if (isOver) return;
        }
      } catch (error) {
        // What is typed while the cable is out is lost; that it is out, the output says.
        if (!(error instanceof DeviceFsError)) throw error;
      }
    });
  }
}

/** Several lines at once were not typed by hand. */
function isPaste(keys: Buffer): boolean {
  return /[\r\n][^\r\n]/.test(keys.toString('latin1')) && !keys.includes(ctrl.e) && !keys.includes(ctrl.a);
}

/** Paste mode keeps the REPL from indenting lines that are indented already. */
function asPaste(keys: Buffer): Buffer {
  const lines = keys.toString('latin1').replaceAll(/\r\n|\n/g, '\r');
  return Buffer.concat([Buffer.of(ctrl.e), Buffer.from(lines, 'latin1'), Buffer.of(ctrl.d)]);
}
