import type { SyscallArgument } from '../syscalls.ts';

/** What the main thread answers: a status alone, or a status (0 unless given) with text or bytes. */
export type Answer =
  number | { readonly status?: number; readonly text?: string; readonly bytes?: Uint8Array };

/**
 * A call that may have to wait. A node has one call under way at a time, so whoever changes anything a node may wait for
 * calls {@link NodeServices.wake}, and the waiting call looks again.
 */
export interface Waiting {
  /** @returns the answer, or `undefined` to go on waiting. */
  poll(): Answer | undefined;
  /** The node's milliseconds; -1 waits for ever, 0 not at all. */
  readonly timeoutMs: number;
  /** The answer when time is up. */
  readonly expired: Answer;
  /** The answer for a `timeoutMs` of 0; `expired` unless given. */
  readonly wouldBlock?: Answer;
}

export type Handler = (args: Arguments) => Answer | Waiting;
export type SyscallTable = Readonly<Record<string, Handler>>;

/** What the parts of a node need of the node. */
export interface NodeServices {
  /** Something changed: let a waiting call look again. */
  readonly wake: () => void;
  /** A view of MicroPython's memory. */
  memory(address: number, length: number): Uint8Array;
}

/** A syscall's arguments, checked as they are taken. A wrong one becomes the program's `OSError` 22. */
export class Arguments {
  readonly #name: string;
  readonly #values: readonly SyscallArgument[];

  constructor(name: string, values: readonly SyscallArgument[]) {
    this.#name = name;
    this.#values = values;
  }

  number(index: number): number {
    const value = this.#values[index];
    if (typeof value === 'boolean') return Number(value);
    if (typeof value !== 'number')
      throw new ArgumentError(`${this.#name}: argument ${index} must be a number`);
    return value;
  }

  string(index: number): string {
    const value = this.#values[index];
    if (typeof value !== 'string')
      throw new ArgumentError(`${this.#name}: argument ${index} must be a string`);
    return value;
  }
}

class ArgumentError extends TypeError {
  readonly code = 'ERR_ARGUMENT';
}

export function isWaiting(result: Answer | Waiting): result is Waiting {
  return typeof result === 'object' && 'poll' in result;
}

/** Error numbers of the ESP32 port (newlib's errno.h). */
export const Errno = {
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  EINVAL: 22,
  ECONNRESET: 104,
  EADDRINUSE: 112,
  ECONNABORTED: 113,
  ETIMEDOUT: 116,
  EHOSTUNREACH: 118,
  EINPROGRESS: 119,
  ENOTCONN: 128,
  /** Not errnos: socket.py turns them into lwIP's OSError(-201) and OSError(-202). */
  EAI_SERVICE: 201,
  EAI_FAIL: 202,
} as const;
