import type { SyscallTable, NodeServices, Waiting, Arguments } from './syscall-table.ts';

/** Bytes that have come in at the console and that nobody has read yet: a board's UART receive buffer. */
export class ConsoleInput {
  readonly #services: NodeServices;
  #queue: number[] = [];

  constructor(services: NodeServices) {
    this.#services = services;
  }

  get length(): number {
    return this.#queue.length;
  }

  push(byte: number): void {
    this.#queue.push(byte);
  }

  clear(): void {
    this.#queue = [];
  }

  take(count: number): Uint8Array {
    return Uint8Array.from(this.#queue.splice(0, count));
  }

  readonly calls: SyscallTable = {
    /** For the prompt. Ctrl-C is a plain byte there; a program's comes past the queue. */
    'stdin.read': (args) => this.#wait(args.number(0), () => ({ bytes: this.take(128) })),
    'stdin.readinto': (args) => this.#readinto(args),
  };

  #readinto(args: Arguments): Waiting {
    return this.#wait(args.number(2), () => {
      const bytes = this.take(args.number(1));
      this.#services.memory(args.number(0), bytes.length).set(bytes);
      return bytes.length;
    });
  }

  #wait(timeoutMs: number, take: () => ReturnType<Waiting['poll']>): Waiting {
    return { timeoutMs, expired: 0, poll: () => (this.#queue.length > 0 ? take() : undefined) };
  }
}
