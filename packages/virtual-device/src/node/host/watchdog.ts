import type { NodeClock } from './clock.ts';
import type { SyscallTable } from './syscall-table.ts';

/** The hardware watchdog: once started it cannot be stopped but by a reset. */
export class Watchdog {
  readonly #clock: NodeClock;
  readonly #fedAt: () => number;
  readonly #bite: () => void;
  #timeoutMs = 0;
  #bootOffset = 0;
  #cancel: (() => void) | undefined;

  /** @param fedAt milliseconds since boot when the program last fed it; `bite` resets the node. */
  constructor(clock: NodeClock, fedAt: () => number, bite: () => void) {
    this.#clock = clock;
    this.#fedAt = fedAt;
    this.#bite = bite;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#timeoutMs = 0;
  }

  readonly calls: SyscallTable = {
    'wdt.start': (args) => {
      this.#timeoutMs = args.number(0);
      // The worker counts from its boot, this clock from power-on.
      this.#bootOffset = this.#clock.now() - this.#fedAt();
      this.#arm();
      return 0;
    },
  };

  #arm(): void {
    this.#cancel?.();
    const left = this.#fedAt() + this.#bootOffset + this.#timeoutMs - this.#clock.now();
    this.#cancel = this.#clock.after(left, () => {
      const idle = this.#clock.now() - (this.#fedAt() + this.#bootOffset);
      if (idle + 1 >= this.#timeoutMs) this.#bite();
      else this.#arm();
    });
  }
}
