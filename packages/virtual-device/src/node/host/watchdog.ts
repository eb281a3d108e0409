import type { NodeClock } from './clock.ts';
import type { SyscallTable } from './syscall-table.ts';

/** The hardware watchdog: once started it cannot be stopped but by a reset of the chip. */
export class Watchdog {
  readonly #clock: NodeClock;
  readonly #fedInThisBoot: () => number | undefined;
  readonly #bite: () => void;
  #timeoutMs = 0;
  #fedAt = 0;
  #cancel: (() => void) | undefined;

  /** @param fedInThisBoot when the running program last fed it, by `clock`; `bite` resets the node. */
  constructor(clock: NodeClock, fedInThisBoot: () => number | undefined, bite: () => void) {
    this.#clock = clock;
    this.#fedInThisBoot = fedInThisBoot;
    this.#bite = bite;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#timeoutMs = 0;
  }

  /** MicroPython is about to end, and its last feed with it; the watchdog goes on from there. */
  keep(): void {
    this.#fedAt = this.#fedInThisBoot() ?? this.#fedAt;
  }

  readonly calls: SyscallTable = {
    'wdt.start': (args) => {
      this.#timeoutMs = args.number(0);
      this.#arm();
      return 0;
    },
  };

  #idle(): number {
    this.keep();
    return this.#clock.now() - this.#fedAt;
  }

  #arm(): void {
    this.#cancel?.();
    this.#cancel = this.#clock.after(this.#timeoutMs - this.#idle(), () => {
      if (this.#idle() + 1 >= this.#timeoutMs) this.#bite();
      else this.#arm();
    });
  }
}
