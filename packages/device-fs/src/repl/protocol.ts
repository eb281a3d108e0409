/** Bytes and words of MicroPython's REPL (shared/runtime/pyexec.c). */
export const ctrl = { a: 0x01, b: 0x02, c: 0x03, d: 0x04, e: 0x05 } as const;

/** A lone `>` may be part of a boot message: only all of this is the raw REPL's prompt. */
export const rawBanner = 'raw REPL; CTRL-B to exit\r\n>';

/** The end of what MicroPython says when it starts, or leaves the raw REPL. */
export const friendlyGreeting = Buffer.from('for more information.\r\n>>> ');

/** Asks for raw paste: Ctrl-E, `A`, Ctrl-A. */
export const pasteRequest = Buffer.from([ctrl.e, 0x41, ctrl.a]);

/** How long a board may take for one step of the protocol, in milliseconds. */
export const defaultStepMs = 3000;

/** How much plain raw mode may send in one go without flow control, and how long the pause after it is. */
export const plainChunk = { bytes: 256, pauseMs: 10 } as const;

/**
 * What is printed as a board starts anew, before any program of its own: by MicroPython at a soft reset, by the ROM of an ESP
 * chip at a hard one. A main.py that never ends would keep the greeting back for ever.
 */
export const startsAnew = /(?:^|\r\n)(?:MPY: soft reboot\r\n|rst:0x[0-9a-f]+ \([A-Z0-9_]+\),)/;
