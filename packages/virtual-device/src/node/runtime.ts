import { readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PowerCutError } from '../flash/flash-error.ts';
import type { NodeClock } from './host/clock.ts';
import { realNow } from './host/clock.ts';
import {
  Arguments,
  isWaiting,
  Errno,
  type Answer,
  type SyscallTable,
  type Waiting,
} from './host/syscall-table.ts';
import { VirtualNodeError } from './node-errors.ts';
import {
  Slot,
  Status,
  textCapacity,
  type BootParameters,
  type InterruptWord,
  type WorkerMessage,
} from './syscalls.ts';
import type { MicroPythonBuild } from './micropython-build.ts';

const heapBytes = 128 * 1024;
const controlBytes = Slot.count * Int32Array.BYTES_PER_ELEMENT;

export interface RuntimeOptions {
  readonly build: MicroPythonBuild;
  readonly clock: NodeClock;
  readonly rawRepl: boolean;
  readonly bootFiles: boolean;
  readonly timersDue: () => boolean;
  readonly onOutput: (bytes: Uint8Array) => void;
  /** The interpreter is up and boot.py is next. */
  readonly onStarted: () => void;
  /** The worker died by itself: a fault of this package or of MicroPython. */
  readonly onCrash: (error: Error) => void;
}

/** One boot of a node: a worker that runs MicroPython, and the answers to its syscalls. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #worker: Worker;
  readonly #control: Int32Array;
  readonly #text: Uint8Array;
  readonly #table: SyscallTable;
  readonly #bootedAt: number;
  #memory: WebAssembly.Memory | undefined;
  #interruptWords: readonly InterruptWord[] = [];
  #waiting: (Waiting & { readonly name: string }) | undefined;
  #cancelTimeout: (() => void) | undefined;
  #stopped = false;
  #untaken = 0;

  private constructor(
    options: RuntimeOptions,
    calls: (scratch: Uint8Array) => SyscallTable,
    firmware: Record<string, string>,
  ) {
    this.#options = options;
    this.#bootedAt = options.clock.now();
    const control = new SharedArrayBuffer(controlBytes);
    const text = new SharedArrayBuffer(textCapacity);
    this.#control = new Int32Array(control);
    this.#text = new Uint8Array(text);
    this.#table = {
      ...calls(this.#text),
      'boot.started': () => {
        options.onStarted();
        return 0;
      },
      sleep: (args) => ({ timeoutMs: args.number(0), expired: 0, poll: () => undefined }),
    };
    const workerData: BootParameters = {
      module: options.build.module,
      loader: options.build.loader,
      control,
      text,
      heapBytes,
      firmware,
      rawRepl: options.rawRepl,
      bootFiles: options.bootFiles,
      bootedAt: realNow(),
      timeScale: options.clock.scale,
    };
    this.#worker = new Worker(workerFile(), { workerData, stdin: false, execArgv: [] });
    this.#worker.on('message', (message: WorkerMessage) => {
      this.#receive(message);
    });
    this.#worker.on('error', (error: unknown) => {
      // What a thread throws arrives as a copy, which need not be an Error of this one.
      if (!this.#stopped) options.onCrash(error instanceof Error ? error : new Error(String(error)));
    });
  }

  static async start(
    options: RuntimeOptions,
    calls: (scratch: Uint8Array) => SyscallTable,
  ): Promise<Runtime> {
    return new Runtime(options, calls, await firmwareSources());
  }

  /** Ends MicroPython between two instructions, wherever it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimeout?.();
    this.#waiting = undefined;
    await this.#worker.terminate();
  }

  /** When the program last fed the watchdog, by the node's clock; `undefined` where it has not since it started. */
  get watchdogFedAt(): number | undefined {
    const fed = Atomics.load(this.#control, Slot.watchdogFed);
    return fed === 0 ? undefined : this.#bootedAt + fed;
  }

  /** What the program has printed is on the wire: it may print more. */
  takeOutput(): void {
    Atomics.sub(this.#control, Slot.outputPending, this.#untaken);
    Atomics.notify(this.#control, Slot.outputPending);
    this.#untaken = 0;
  }

  /** The character that interrupts the program now; -1 for none. */
  get interruptChar(): number {
    return Atomics.load(this.#control, Slot.interruptChar);
  }

  memory(address: number, length: number): Uint8Array {
    if (!this.#memory)
      throw new VirtualNodeError('NODE_STATE', 'the node has not finished loading MicroPython');
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  /** Something changed that the waiting call may wait for. */
  wake(): void {
    const waiting = this.#waiting;
    if (!waiting || this.#stopped) return;
    const answer = this.#options.timersDue()
      ? Status.timersDue
      : this.#guarded(waiting.name, () => waiting.poll());
    if (answer !== undefined && !this.#isOver()) this.#answer(answer);
  }

  /** Ctrl-C: ends the waiting call, or sets MicroPython's pending exception as an interrupt handler would. */
  interrupt(): void {
    if (this.#waiting) {
      this.#answer(Status.interrupted);
      return;
    }
    const words = this.#memory && new Int32Array(this.#memory.buffer);
    for (const { index, pending } of this.#interruptWords) if (words) Atomics.store(words, index, pending);
  }

  /** The program called out before it noticed the Ctrl-C: the call ends with it instead. */
  #takeInterrupt(): boolean {
    const exception = this.#interruptWords.find(({ idle }) => idle === 0);
    if (!exception || !this.#memory) return false;
    const words = new Int32Array(this.#memory.buffer);
    if (Atomics.load(words, exception.index) !== exception.pending) return false;
    Atomics.store(words, exception.index, exception.idle);
    return true;
  }

  #receive(message: WorkerMessage): void {
    if (this.#stopped) return;
    switch (message.kind) {
      case 'output':
        this.#untaken += message.bytes.length;
        this.#options.onOutput(message.bytes);
        break;
      case 'ready':
        this.#memory = message.memory;
        this.#interruptWords = message.interrupt;
        break;
      case 'syscall':
        this.#serve(message.name, new Arguments(message.name, message.args));
    }
  }

  #serve(name: string, args: Arguments): void {
    const handler = this.#table[name];
    const unknown = (): never => {
      throw new VirtualNodeError('NODE_STATE', 'there is no such call');
    };
    const result = this.#guarded<Answer | Waiting>(name, () => (handler ?? unknown)(args));
    if (result === undefined || this.#isOver()) return;
    if (isWaiting(result)) this.#wait({ ...result, name });
    else this.#answer(result);
  }

  /**
   * Whatever a program on the node does, this process goes on: arguments that Node.js refuses are an OSError to the program,
   * anything else is a fault of the testbed and ends the node.
   *
   * @returns `undefined` where this boot is over.
   */
  #guarded<T>(name: string, action: () => T | number): T | number | undefined {
    try {
      return action();
    } catch (error) {
      if (error instanceof PowerCutError) return undefined; // no answer: this boot is over
      if (isRefusedArgument(error)) return -Errno.EINVAL;
      const message = error instanceof Error ? error.message : String(error);
      this.#options.onCrash(
        new VirtualNodeError('NODE_CRASH', `the syscall ${name} failed: ${message}`, { cause: error }),
      );
      return undefined;
    }
  }

  #wait(waiting: Waiting & { readonly name: string }): void {
    const answer = this.#takeInterrupt()
      ? Status.interrupted
      : this.#options.timersDue()
        ? Status.timersDue
        : this.#guarded(waiting.name, () => waiting.poll());
    if (this.#isOver()) return;
    if (answer !== undefined) {
      this.#answer(answer);
    } else if (waiting.timeoutMs === 0) {
      this.#answer(waiting.wouldBlock ?? waiting.expired);
    } else {
      this.#waiting = waiting;
      if (waiting.timeoutMs > 0) {
        this.#cancelTimeout = this.#options.clock.after(waiting.timeoutMs, () => {
          this.#answer(waiting.expired);
        });
      }
    }
  }

  #answer(answer: Answer): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = undefined;
    this.#waiting = undefined;
    let status = 0;
    let bytes: Uint8Array | undefined;
    if (typeof answer === 'number') {
      status = answer;
    } else {
      status = answer.status ?? 0;
      bytes = answer.bytes ?? Buffer.from(answer.text ?? '', 'utf8');
      if (bytes.length > textCapacity) [status, bytes] = [-Errno.EINVAL, new Uint8Array()];
      this.#text.set(bytes);
    }
    Atomics.store(this.#control, Slot.textLength, bytes?.length ?? 0);
    Atomics.store(this.#control, Slot.status, status);
    Atomics.store(this.#control, Slot.answer, 1);
    Atomics.notify(this.#control, Slot.answer);
  }

  /** A handler may have ended this boot (a reset). */
  #isOver(): boolean {
    return this.#stopped;
  }
}

/** Our own errors and Node.js's have a code; one without is a mistake in the code that was called. */
function isRefusedArgument(error: unknown): boolean {
  return (error instanceof TypeError || error instanceof RangeError) && 'code' in error;
}

/** The worker is JavaScript in either case: Node 20 cannot run TypeScript in a thread. `nx` builds before it tests. */
function workerFile(): URL {
  const built = new URL('./worker/worker.js', import.meta.url);
  if (existsSync(built)) return built;
  const fromSource = new URL('../../dist/node/worker/worker.js', import.meta.url);
  if (existsSync(fromSource)) return fromSource;
  throw new VirtualNodeError(
    'NOT_BUILT',
    'the virtual device is not built: run `npx nx build virtual-device`',
  );
}

let sources: Promise<Record<string, string>> | undefined;

/** The Python modules that an ESP32 has in its firmware, by path. */
function firmwareSources(): Promise<Record<string, string>> {
  sources ??= readSources(fileURLToPath(new URL('../../micropython', import.meta.url)));
  return sources;
}

async function readSources(folder: string): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.py')) continue;
    const path = join(entry.parentPath, entry.name);
    result[path.slice(folder.length + 1).replaceAll('\\', '/')] = await readFile(path, 'utf8');
  }
  return result;
}
