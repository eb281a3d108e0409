import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { finished, type Readable, type Writable } from 'node:stream';
import { ConsoleError } from './console-error.ts';

const startMs = 5000;
const stopMs = 2000;
/** Enough of what socat says to explain why it ended. */
const keptWords = 2000;
const linkName = 'console';

/** A socat process between a pseudo-terminal and its own standard input and output. */
export class SocatPty {
  /** What programs open, such as /dev/pts/3. */
  readonly device: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #words: () => string;
  readonly #heldOpen: number;
  #isStopping = false;
  #problem: Error | undefined = undefined;

  /**
   * @param directory - for a link that socat makes; a relative name, because socat gives characters such as `,` in a
   * path a meaning.
   * @throws ConsoleError CONSOLE_PTY if socat does not start.
   */
  static async start(program: string, directory: string, signal: AbortSignal | undefined): Promise<SocatPty> {
    const child = spawn(program, ['-d', '-d', `PTY,rawer,link=${linkName}`, 'STDIO'], {
      cwd: directory,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-keptWords);
    });
    const deadline = AbortSignal.any([AbortSignal.timeout(startMs), ...(signal ? [signal] : [])]);
    try {
      await new Promise<void>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, cause) => {
          reject(new Error(`it ended with ${cause ?? String(code)}`));
        });
        child.stderr.on('data', () => {
          // Said once both ends are open and all options are set: only now does the terminal not echo any more.
          if (words.includes('starting data transfer loop')) resolve();
        });
        deadline.addEventListener('abort', () => {
          reject(deadline.reason as Error);
        });
      });
      const device = readlinkSync(join(directory, linkName));
      return new SocatPty(child, device, () => words);
    } catch (cause) {
      child.kill('SIGKILL');
      if (signal?.aborted) throw signal.reason;
      throw new ConsoleError('CONSOLE_PTY', `socat (${program}) gave no pseudo-terminal: ${words}`, {
        cause,
      });
    }
  }

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    device: string,
    words: () => string,
  ) {
    this.#process = child;
    this.device = device;
    this.#words = words;
    // While one end stays open here, socat does not notice that programs come and go; it would end with the first.
    this.#heldOpen = openSync(device, constants.O_RDWR | constants.O_NOCTTY);
    const note = (cause: Error | null | undefined) => {
      if (this.#isStopping) return;
      this.#problem ??= new ConsoleError('CONSOLE_PTY', `socat ended by itself: ${this.#words()}`, { cause });
    };
    finished(child.stdin, note);
    finished(child.stdout, note);
  }

  /** What programs read. */
  get input(): Writable {
    return this.#process.stdin;
  }

  /** What programs write. */
  get output(): Readable {
    return this.#process.stdout;
  }

  /** Ends socat without waiting, for when this process is about to exit. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** @throws ConsoleError CONSOLE_PTY if socat had ended by itself. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await ended;
      clearTimeout(timer);
    }
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    closeSync(this.#heldOpen);
    if (this.#problem) throw this.#problem;
  }
}
