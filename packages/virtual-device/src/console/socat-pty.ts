import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { finished, type Readable, type Writable } from 'node:stream';
import { ConsoleError } from './console-error.ts';

const startMs = 5000;
const stopMs = 2000;
/** Enough of what socat says to explain why it ended. */
const keptWords = 2000;
const linkName = 'console';
/** How socat ends after SIGTERM. */
const terminatedCode = 128 + 15;

/** A socat process between a pseudo-terminal and its own standard input and output. */
export class SocatPty {
  /** What programs open, such as /dev/pts/3. */
  readonly device: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #words: () => string;
  readonly #heldOpen: number;
  #stopping: Promise<void> | undefined = undefined;
  #breakage: Error | undefined = undefined;

  /**
   * @param directory - for a link that socat makes; a relative name, because socat gives characters such as `,` in a
   * path a meaning.
   * @throws ConsoleError CONSOLE_PTY if socat does not start.
   */
  static async start(program: string, directory: string, signal: AbortSignal | undefined): Promise<SocatPty> {
    const child = spawn(program, ['-d', '-d', `PTY,rawer,link=${linkName}`, 'STDIO'], {
      cwd: directory,
      // Ctrl-C is for the program that serves the console; it then ends socat in good order.
      detached: true,
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
        // Not `exit`: its last words may still be on their way then.
        child.once('close', (code, cause) => {
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
    // What breaks when socat ends: stop() tells of it.
    const note = (cause: Error | null | undefined) => (this.#breakage ??= cause ?? undefined);
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
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const child = this.#process;
    const isByUs = child.exitCode === null && child.signalCode === null && (await terminate(child));
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    closeSync(this.#heldOpen);
    if (isByUs) return;
    const message = `socat ended by itself (${child.signalCode ?? `code ${String(child.exitCode)}`}): ${this.#words()}`;
    throw new ConsoleError('CONSOLE_PTY', message, { cause: this.#breakage });
  }
}

/** @returns false if it was dead already and word of it had not come through. */
async function terminate(child: ChildProcess): Promise<boolean> {
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  const sent = new Set<NodeJS.Signals | null>(['SIGTERM']);
  child.kill('SIGTERM');
  const timer = setTimeout(() => {
    sent.add('SIGKILL');
    child.kill('SIGKILL');
  }, stopMs);
  const [code, signal] = await ended;
  clearTimeout(timer);
  return code === terminatedCode || sent.has(signal);
}
