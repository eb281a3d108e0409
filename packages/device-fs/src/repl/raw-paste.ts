import type { Duplex } from 'node:stream';
import { ReplError } from '../errors.ts';
import { within, type Wait } from '../wait.ts';
import type { Inbox } from './inbox.ts';
import { ctrl, pasteRequest, rawBanner } from './protocol.ts';
import { readBytes } from './search.ts';
import { send } from './send.ts';

const headerBytes = 4; // 'R', 1, window (little-endian); the first credit follows as a byte of its own
const credit = 0x01;

/** `unsupported`: the board is at the raw prompt and has run nothing. */
export type PasteOutcome = 'sent' | 'unsupported';

/**
 * Sends source code by raw paste, MicroPython's own flow control: the board grants a window of bytes at a time.
 *
 * Once the window is known, the request and the first two windows go out together, before the board has answered: it
 * holds them in its receive buffer (3 + 256 of 259 bytes on an ESP32). That saves a turn-around for each call.
 */
export class RawPaste {
  readonly #stream: Duplex;
  readonly #inbox: Inbox;
  readonly #stepMs: number;
  #window: number | undefined;

  constructor(stream: Duplex, inbox: Inbox, stepMs: number) {
    this.#stream = stream;
    this.#inbox = inbox;
    this.#stepMs = stepMs;
  }

  /** After this the code runs (or the board has an error to tell); its output follows. */
  async send(code: Uint8Array, wait: Wait): Promise<PasteOutcome> {
    const step = within(wait, 'the answer to a raw paste', this.#stepMs);
    const guess = this.#window;
    let sent = 0;
    let ended = false;
    if (guess === undefined) {
      await send(this.#stream, pasteRequest, step);
    } else {
      sent = Math.min(code.length, guess * 2);
      // Ctrl-D is not counted in the window, but takes a place in the board's receive buffer.
      ended = code.length < guess * 2;
      const tail = Buffer.from(ended ? [ctrl.d] : []);
      await send(this.#stream, Buffer.concat([pasteRequest, code.subarray(0, sent), tail]), step);
    }
    const window = await this.#header(step);
    if (window === undefined) {
      if (guess !== undefined) throw protocolError('the board has forgotten how to do raw paste');
      return 'unsupported';
    }
    if (guess !== undefined && guess !== window) throw protocolError(`its window changed to ${window}`);
    this.#window = window;
    let granted = window;
    while (sent < code.length) {
      if (granted <= sent) {
        granted += window * (await this.#credits(step));
        continue;
      }
      const piece = code.subarray(sent, granted);
      sent += piece.length;
      await send(this.#stream, piece, step);
    }
    if (!ended) await send(this.#stream, Buffer.from([ctrl.d]), step);
    await this.#acknowledgement(step);
    return 'sent';
  }

  /** @returns the window; `undefined` where the firmware does not know the request. */
  async #header(wait: Wait): Promise<number | undefined> {
    const start = await readBytes(this.#inbox, 2, wait);
    if (start[0] === 0x52 && start[1] === 1) {
      const rest = await readBytes(this.#inbox, headerBytes - 2, wait);
      const window = rest.readUInt16LE(0);
      if (window > 0) return window;
    }
    if (start[0] === 0x52 && start[1] === 0) {
      await readBytes(this.#inbox, 1, wait); // its prompt
      return undefined;
    }
    // Before MicroPython 1.14 the Ctrl-A of the request just gives the raw prompt once more.
    if (start.toString('latin1') === rawBanner.slice(0, 2)) {
      const rest = await readBytes(this.#inbox, rawBanner.length - 2, wait);
      if (rest.toString('latin1') === rawBanner.slice(2)) return undefined;
    }
    throw protocolError(`${JSON.stringify(start.toString('latin1'))} is no answer to the request`);
  }

  /** @returns how many windows the board has granted. */
  async #credits(wait: Wait): Promise<number> {
    const bytes = await this.#inbox.next({ ...wait, what: "the board's leave to send more" });
    if (bytes.includes(ctrl.d)) {
      // It gives up reading, by a syntax error or for want of memory, and tells why once we have ended too.
      await send(this.#stream, Buffer.from([ctrl.d]), wait);
      this.#inbox.unread(bytes.subarray(bytes.indexOf(ctrl.d)));
      throw new PasteRefused();
    }
    if (bytes.some((byte) => byte !== credit)) {
      throw protocolError(`${JSON.stringify(bytes.toString('latin1'))} came instead of leave to send more`);
    }
    return bytes.length;
  }

  async #acknowledgement(wait: Wait): Promise<void> {
    for (;;) {
      const [byte] = await readBytes(this.#inbox, 1, {
        ...wait,
        what: "the board's word that it has all code",
      });
      if (byte === ctrl.d) return;
      if (byte !== credit) throw protocolError(`byte ${byte ?? -1} came instead of "all read"`);
    }
  }
}

/** The board stopped reading and will say why in the answer. Not for users. */
export class PasteRefused extends Error {}

function protocolError(what: string): ReplError {
  return new ReplError(
    'REPL_PROTOCOL',
    `raw paste went wrong: ${what}. A byte was lost or changed on its way`,
  );
}
