/** What all calls take that let code run on the board. */
export interface RunOptions {
  /** Milliseconds for all of it. `Infinity` for a program that never ends. @default 60 000 */
  timeoutMs?: number;
  /** Milliseconds without output after which the program is taken for stuck and interrupted. @default timeoutMs */
  idleMs?: number;
  /** Gives up: the program is interrupted, and the call fails with the signal's reason. */
  signal?: AbortSignal;
}

export interface ExecOptions extends RunOptions {
  /** Gets what the program prints, as it comes. The returned string is empty then. */
  onOutput?: (bytes: Buffer) => void;
}
