import type { ConsolePort } from '../console/console-port.ts';
import { VirtualNodeError } from './node-errors.ts';
import type { WaitOptions } from './host/transcript.ts';

/** What a piece of Python did. */
export interface ExecResult {
  /** What the code printed, line ends as `\n`. */
  readonly output: string;
  /** Empty where nothing was raised. */
  readonly traceback: string;
}

const ctrl = { a: '\x01', b: '\x02', c: '\x03', d: '\x04' } as const;

/**
 * Runs Python at a node's console through the raw REPL, interrupting whatever runs there, and returns to the prompt.
 *
 * @throws VirtualNodeError with code `TIMEOUT` where the code does not end in time (it is interrupted then).
 */
export async function execAtConsole(
  console: ConsolePort,
  code: string,
  options: WaitOptions = {},
): Promise<ExecResult> {
  const { timeoutMs = 30_000, signal } = options;
  const late = new VirtualNodeError('TIMEOUT', `the code did not end within ${timeoutMs} ms:\n${code}`);
  const deadline = new AbortController();
  // A timer that keeps the process alive: AbortSignal.timeout() would let it end with the code still awaited.
  const timer = setTimeout(() => {
    deadline.abort(late);
  }, timeoutMs);
  const reader = new Reader(console, signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal);
  const type = (text: string): void => {
    console.receive(Buffer.from(text, 'utf8'));
  };
  try {
    type(`${ctrl.c}\r${ctrl.a}`);
    await reader.until('raw REPL; CTRL-B to exit\r\n>');
    type(code.replaceAll('\r\n', '\n') + ctrl.d);
    await reader.until('OK');
    const output = await reader.until(ctrl.d);
    const traceback = await reader.until(ctrl.d);
    await reader.until('>');
    type(ctrl.b);
    await reader.until('>>> ');
    return { output: output.replaceAll('\r\n', '\n'), traceback: traceback.replaceAll('\r\n', '\n') };
  } catch (error) {
    type(ctrl.c + ctrl.b);
    throw error;
  } finally {
    clearTimeout(timer);
    reader.close();
  }
}

/** Console output, read up to one marker after the other. */
class Reader {
  readonly #signal: AbortSignal;
  readonly #stop: () => void;
  #text = '';
  #look: () => void = () => undefined;

  constructor(console: ConsolePort, signal: AbortSignal) {
    this.#signal = signal;
    const decoder = new TextDecoder();
    this.#stop = console.onOutput((bytes) => {
      this.#text += decoder.decode(bytes, { stream: true });
      this.#look();
    });
  }

  close(): void {
    this.#stop();
  }

  /** @returns what came before the marker. */
  until(marker: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(this.#signal.reason as Error);
      };
      this.#look = () => {
        const end = this.#text.indexOf(marker);
        if (end < 0) return;
        const before = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + marker.length);
        this.#look = () => undefined;
        this.#signal.removeEventListener('abort', onAbort);
        resolve(before);
      };
      if (this.#signal.aborted) {
        onAbort();
        return;
      }
      this.#signal.addEventListener('abort', onAbort, { once: true });
      this.#look();
    });
  }
}
