/**
 * What a node's worker and the main thread say to each other.
 *
 * The worker posts a {@link Syscall} and waits on {@link Slot.answer} with `Atomics.wait`; the main thread does the work,
 * leaves a status (and perhaps text) and wakes it. Bytes never travel in messages: a syscall names an address in
 * MicroPython's shared memory.
 */
export type SyscallArgument = number | string | boolean | null;

export interface Syscall {
  readonly kind: 'syscall';
  readonly name: string;
  readonly args: readonly SyscallArgument[];
}

export interface OutputMessage {
  readonly kind: 'output';
  readonly bytes: Uint8Array;
}

/** Sent once, before any Python runs: where the main thread may set a pending KeyboardInterrupt. */
export interface ReadyMessage {
  readonly kind: 'ready';
  readonly memory: WebAssembly.Memory;
  readonly interrupt: readonly InterruptWord[];
}

/** A 32-bit word of MicroPython's memory and its values with and without a pending KeyboardInterrupt. */
export interface InterruptWord {
  readonly index: number;
  readonly pending: number;
  readonly idle: number;
}

export type WorkerMessage = Syscall | OutputMessage | ReadyMessage;

/** Indices into the shared control words. */
export const Slot = {
  /** 0 while a syscall is under way, 1 when it is answered. */
  answer: 0,
  /** Result of the last syscall: >= 0, or a negated errno, or {@link Status.timersDue}. */
  status: 1,
  /** Bytes of text in the text buffer. */
  textLength: 2,
  /** The character that interrupts the running program; -1 where it is an ordinary one. */
  interruptChar: 3,
  /** Milliseconds since boot when the watchdog was last fed; 0 where it was not. */
  watchdogFed: 4,
  /** Bytes of output that the worker has posted and nobody has taken: beyond `transmitBuffer` it waits. */
  outputPending: 5,
  count: 8,
} as const;

export const Status = {
  /** EINTR: Ctrl-C came while the call waited. */
  interrupted: -4,
  /** machine.Timer callbacks are due: run them and call again. */
  timersDue: -10_000,
} as const;

/** As much as a UART's FIFO and driver hold for a program that prints faster than the wire carries, in bytes. */
export const transmitBuffer = 512;

export const textCapacity = 256 * 1024;

export interface BootParameters {
  readonly module: WebAssembly.Module;
  /** URL of the build's `micropython.mjs`. */
  readonly loader: string;
  readonly control: SharedArrayBuffer;
  readonly text: SharedArrayBuffer;
  readonly heapBytes: number;
  /** Sources of the modules that an ESP32 has in its firmware, by path (`umqtt/simple.py`). */
  readonly firmware: Readonly<Record<string, string>>;
  /** Start in the raw REPL, as after a soft reset from there. */
  readonly rawRepl: boolean;
  readonly bootFiles: boolean;
  /** Real time of the boot, milliseconds since 1970, and how many node milliseconds pass in a real one. */
  readonly bootedAt: number;
  readonly timeScale: number;
}
