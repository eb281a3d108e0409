import type { Duplex } from 'node:stream';

/** The two control lines of a serial port, as software sets them: true is "asserted". */
export interface ControlLines {
  /** Data terminal ready. */
  dtr: boolean;
  /** Request to send. */
  rts: boolean;
}

/** How a board is reset from outside: by pulses on the control lines, or not at all. */
export type LineReset = 'esp' | 'none';

/** A way to a board's console: bytes in both directions, and what else the medium can do. */
export interface Link {
  /** For messages: the address it was opened by. */
  readonly name: string;
  /** What the board sends and gets, from the moment the link is open. */
  readonly stream: Duplex;
  /** What a pulse on the lines does to this board; `none` where the link has no lines or they are not wired to reset. */
  readonly lineReset: LineReset;
  /** Sets DTR and RTS; only where the link has such lines. */
  setLines?(lines: ControlLines): Promise<void>;
  /** Leaves the board running. Closing twice is no error. */
  close(): Promise<void>;
}
