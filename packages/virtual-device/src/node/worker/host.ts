import type { MessagePort } from 'node:worker_threads';
import { Slot, textCapacity, transmitBuffer, type SyscallArgument, type WorkerMessage } from '../syscalls.ts';

const carriageReturn = 13;
const lineFeed = 10;
const invalidArgument = 22;

/** The worker's side of the syscalls: posts one, sleeps until the main thread has answered it. */
export class Host {
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  readonly #text: Uint8Array;
  #output: number[] = [];
  #lastByte = 0;
  #watched: number[] | undefined;
  #calls = 0;

  constructor(port: MessagePort, control: SharedArrayBuffer, text: SharedArrayBuffer) {
    this.#port = port;
    this.#control = new Int32Array(control);
    this.#text = new Uint8Array(text, 0, textCapacity);
  }

  /** @returns the call's status: a negative one is a negated errno or one of `Status`. */
  call(name: string, ...args: SyscallArgument[]): number {
    // A Python object of any other type (bytes, a list) is a proxy here, which cannot be sent.
    if (args.some((value: unknown) => typeof value === 'object' && value !== null)) return -invalidArgument;
    this.flush();
    this.#calls++;
    Atomics.store(this.#control, Slot.answer, 0);
    this.post({ kind: 'syscall', name, args });
    // The main thread sets the answer and then wakes us: a busy machine may let us get as far as the next call in between, and
    // that wake-up is not its answer.
    while (Atomics.load(this.#control, Slot.answer) === 0) Atomics.wait(this.#control, Slot.answer, 0);
    return Atomics.load(this.#control, Slot.status);
  }

  /** How many calls there have been: as long as it stays the same the program has done nothing that others can see. */
  get calls(): number {
    return this.#calls;
  }

  /** Text that came with the last answer. */
  text(): string {
    return Buffer.from(this.bytes()).toString('utf8');
  }

  /** Bytes that came with the last answer. */
  bytes(): Uint8Array {
    return this.#text.slice(0, Atomics.load(this.#control, Slot.textLength));
  }

  /** Where bytes for the next call's argument are put, and those of its answer come (file contents). */
  get scratch(): Uint8Array {
    return this.#text;
  }

  set interruptChar(value: number) {
    Atomics.store(this.#control, Slot.interruptChar, value);
  }

  feedWatchdog(milliseconds: number): void {
    Atomics.store(this.#control, Slot.watchdogFed, milliseconds);
  }

  /** A byte of the program's output. A bare line feed becomes CR LF, as on a board's console. */
  write(byte: number): void {
    if (byte === lineFeed && this.#lastByte !== carriageReturn) this.writeRaw(carriageReturn);
    this.writeRaw(byte);
  }

  /** A byte that goes out as it is. */
  writeRaw(byte: number): void {
    this.#lastByte = byte;
    this.#watched?.push(byte);
    this.#output.push(byte);
    if (byte === lineFeed || this.#output.length >= 512) this.flush();
  }

  /** @returns what was written while `action` ran. */
  watch(action: () => void): string {
    const watched: number[] = [];
    this.#watched = watched;
    try {
      action();
    } finally {
      this.#watched = undefined;
    }
    return String.fromCharCode(...watched);
  }

  flush(): void {
    if (this.#output.length === 0) return;
    Atomics.add(this.#control, Slot.outputPending, this.#output.length);
    this.post({ kind: 'output', bytes: Uint8Array.from(this.#output) });
    this.#output = [];
    for (;;) {
      const pending = Atomics.load(this.#control, Slot.outputPending);
      if (pending <= transmitBuffer) return;
      Atomics.wait(this.#control, Slot.outputPending, pending);
    }
  }

  post(message: WorkerMessage): void {
    this.#port.postMessage(message);
  }
}
