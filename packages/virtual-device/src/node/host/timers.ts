import type { NodeClock } from './clock.ts';
import type { NodeServices, SyscallTable } from './syscall-table.ts';

const periodic = 1;

/** machine.Timer: what is due is kept here until the node's Python comes to run it. */
export class Timers {
  readonly #clock: NodeClock;
  readonly #services: NodeServices;
  readonly #cancel = new Map<number, () => void>();
  readonly #due = new Set<number>();
  #last = 0;

  constructor(clock: NodeClock, services: NodeServices) {
    this.#clock = clock;
    this.#services = services;
  }

  get areDue(): boolean {
    return this.#due.size > 0;
  }

  stopAll(): void {
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
    this.#due.clear();
  }

  readonly calls: SyscallTable = {
    'timer.start': (args) => {
      const number = ++this.#last;
      this.#arm(number, this.#clock.now() + args.number(0), args.number(0), args.number(1) === periodic);
      return number;
    },
    'timer.stop': (args) => {
      this.#cancel.get(args.number(0))?.();
      this.#cancel.delete(args.number(0));
      this.#due.delete(args.number(0));
      return 0;
    },
    'timer.due': () => {
      const text = [...this.#due].join(' ');
      this.#due.clear();
      return { text };
    },
  };

  #arm(number: number, at: number, period: number, repeats: boolean): void {
    const fire = (): void => {
      this.#due.add(number);
      if (repeats) this.#arm(number, at + period, period, repeats);
      else this.#cancel.delete(number);
      this.#services.wake();
    };
    this.#cancel.set(number, this.#clock.after(at - this.#clock.now(), fire));
  }
}
