import { createHash } from 'node:crypto';
import type { NodeClock } from './clock.ts';
import type { SyscallTable } from './syscall-table.ts';

/** machine.reset_cause() of the ESP32 port. */
export const ResetCause = { powerOn: 1, hard: 2, watchdog: 3, deepSleep: 4, soft: 5 } as const;
export type ResetCause = (typeof ResetCause)[keyof typeof ResetCause];

/** Seconds from 1970 to 2000, where the ESP32 port's clock starts. */
const epoch2000 = 946_684_800;

/** IRQ_RISING and IRQ_FALLING. */
const Edge = { rising: 1, falling: 2 };

interface Pin {
  mode: number;
  level: number;
  /** The edges that call the program's handler. */
  trigger?: number;
}

/** What a node keeps besides its flash: RTC memory and clock (lost with power), NVS and its number (not lost), its pins. */
export class Machine {
  readonly clock: NodeClock;
  readonly uniqueId: string;
  readonly pins = new Map<number, Pin>();
  readonly #interrupted = new Set<number>();
  readonly #wake: () => void;
  /** Whether pool.ntp.org answers; a test may take the Internet away. */
  timeServer = true;
  cause: ResetCause = ResetCause.powerOn;
  #rtcMemory = '';
  readonly #nvs = new Map<string, string>();

  constructor(name: string, clock: NodeClock, wake: () => void) {
    this.clock = clock;
    this.#wake = wake;
    // 24:0a:c4 is one of Espressif's prefixes.
    this.uniqueId = `240ac4${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
  }

  losePower(): void {
    this.#rtcMemory = '';
    this.pins.clear();
    this.clock.powerOn();
  }

  readonly calls: SyscallTable = {
    'reset.cause': () => this.cause,
    'machine.unique_id': () => ({ text: this.uniqueId }),
    'rtc.memory': () => ({ text: this.#rtcMemory }),
    'rtc.set_memory': (args) => {
      this.#rtcMemory = args.string(0);
      return 0;
    },
    'clock.seconds': () => ({ text: String(Math.floor(this.clock.rtcSeconds)) }),
    'clock.nanoseconds': () => ({ text: `${Math.floor(this.clock.rtcSeconds * 1e6)}000` }),
    'clock.set': (args) => {
      this.clock.rtcSeconds = Number(args.string(0));
      return 0;
    },
    'pin.init': (args) => {
      const pin = this.#pin(args.number(0));
      if (args.number(1) >= 0) pin.mode = args.number(1);
      return 0;
    },
    'pin.get': (args) => this.#pin(args.number(0)).level,
    'pin.set': (args) => {
      this.drive(args.number(0), args.number(1));
      return 0;
    },
    'pin.irq': (args) => {
      this.#pin(args.number(0)).trigger = args.number(1);
      return 0;
    },
    'pin.due': () => {
      const text = [...this.#interrupted].join(' ');
      this.#interrupted.clear();
      return { text };
    },
    'nvs.set': (args) => {
      this.#nvs.set(`${args.string(0)}\n${args.string(1)}`, args.string(2));
      return 0;
    },
    'nvs.get': (args) => {
      const value = this.#nvs.get(`${args.string(0)}\n${args.string(1)}`);
      return value === undefined ? 0 : { status: 1, text: value };
    },
    'nvs.erase': (args) => Number(this.#nvs.delete(`${args.string(0)}\n${args.string(1)}`)),
    'nvs.commit': () => 0,
  };

  /** Seconds since 2000 by this computer's clock: what a time server answers. */
  static worldSeconds(): number {
    return Math.floor(Date.now() / 1000) - epoch2000;
  }

  /** Puts a level on a pin, as a wire or the program does: its interrupt comes to the program at its next wait. */
  drive(number: number, level: number): void {
    const pin = this.#pin(number);
    const edge = level > pin.level ? Edge.rising : level < pin.level ? Edge.falling : 0;
    pin.level = level;
    if (((pin.trigger ?? 0) & edge) === 0) return;
    this.#interrupted.add(number);
    this.#wake();
  }

  /** Whether handlers of Pin.irq() are due. */
  get isInterrupted(): boolean {
    return this.#interrupted.size > 0;
  }

  /** The program is over: its interrupt handlers are too. */
  forgetInterrupts(): void {
    this.#interrupted.clear();
    for (const pin of this.pins.values()) delete pin.trigger;
  }

  #pin(number: number): Pin {
    let pin = this.pins.get(number);
    if (!pin) {
      pin = { mode: 0, level: 0 };
      this.pins.set(number, pin);
    }
    return pin;
  }
}
