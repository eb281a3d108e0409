import type { Readable } from 'node:stream';
import type { SerialPortInfo } from '@ota/device-fs';

/** A place to write text or bytes to. */
export interface Output {
  /** Writes text or bytes. */
  write(data: string | Uint8Array): unknown;
  /** Whether it is a terminal. */
  readonly isTTY?: boolean;
  /** Of a terminal, in characters. */
  readonly columns?: number;
  /** Of a terminal, in lines. */
  readonly rows?: number;
}

/** What a terminal's keyboard can do besides being read. */
export interface Input extends Readable {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean;
  /** Passes keys on as they are pressed; only a terminal has it. */
  setRawMode?(isRaw: boolean): unknown;
}

/** Everything outside that a command may touch: data goes to `stdout`, talk to `stderr`. */
export interface Io {
  /** Where answers come from. */
  readonly stdin: Input;
  /** For data. */
  readonly stdout: Output;
  /** For talk, progress and errors. */
  readonly stderr: Output;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths begin at. */
  readonly cwd: string;
  /** Aborts when the user wants the command to end. */
  readonly signal: AbortSignal;
  /** The serial ports of this computer. @default the system's */
  readonly listPorts?: () => Promise<SerialPortInfo[]>;
}
