import type { ResetInto } from './link/reset.ts';
import type { PlanOptions, SecurityCheckName } from './write/checks.ts';

/** How to get a chip into its loader, and how to talk to it there. */
export interface ConnectOptions {
  /** The rate to work at, in bits per second; lower ones follow by themselves where it fails. @default 460800 */
  baud?: number;
  /** How to bring the board into its loader. @default 'auto' */
  reset?: ResetInto;
  /** What `close` does with the board: start what it holds, or leave it in its loader. @default 'run' */
  after?: 'run' | 'stay';
  /** False to do without the stub, with the ROM's own slower loader. @default true */
  stub?: boolean;
  /** How often to try to reach the chip. @default 6 */
  attempts?: number;
  /** How long a command that does no work may take, in milliseconds. @default 3000 */
  commandMs?: number;
  /** Ends connecting. */
  signal?: AbortSignal;
  /** What the engine has to say. @default nothing is done with it */
  log?: (line: string) => void;
}

/** How far a write is. */
export interface WriteProgress {
  /** The image's number in the list, from 0. */
  image: number;
  /** Where this image goes, in bytes from the start of the flash. */
  address: number;
  /** Bytes of this image that are on the chip. */
  done: number;
  /** Bytes of this image. */
  total: number;
}

/** What an erasure goes without, and what may end it. */
export interface EraseOptions {
  /** Checks to go without, by name; a locked chip whose flash is erased may never start again. */
  force?: readonly SecurityCheckName[];
  /** Ends the erasure. */
  signal?: AbortSignal;
}

/** What a write is checked by. */
export interface CheckWriteOptions extends PlanOptions {
  /** Erases all of the flash once the checks have passed: no partition table of before is left then. @default false */
  eraseAll?: boolean;
  /** Ends the check or the write; what is missing is written by the same call again. */
  signal?: AbortSignal;
}

/** What a write checks, leaves out and repeats. */
export interface WriteOptions extends CheckWriteOptions {
  /** Compares the MD5 on the chip after each image. @default true */
  verify?: boolean;
  /** Compares first and leaves out what is there already. @default true */
  skipUnchanged?: boolean;
  /** How often to find out what is missing and write that. @default 4 */
  retries?: number;
  /** A rate for this write and what follows, in bits per second. */
  baud?: number;
  /** Called as bytes are accepted by the chip. */
  progress?: (progress: WriteProgress) => void;
}

/** What a write did. */
export interface WriteResult {
  /** Bytes sent, before compression. */
  written: number;
  /** Bytes that were on the chip already. */
  skipped: number;
  /** How often something failed and was done again. */
  retries: number;
  /** The rate it ended at, in bits per second. */
  baud: number;
}

/** What a read reports to, and what may end it. */
export interface ReadOptions {
  /** Called with the bytes read so far and those asked for. */
  progress?: (done: number, total: number) => void;
  /** Ends the read. */
  signal?: AbortSignal;
}
