/** The control lines of a serial adapter; true is asserted, a low level on the wire. */
export interface SerialLines {
  dtr: boolean;
  rts: boolean;
}

/** How long the capacitor at EN takes to let the chip go, in milliseconds. A board has 10 kΩ and 0.1 to 1 µF. */
const enableRiseMs = 3;

/**
 * The same while both lines are asserted, on the way from "EN low" to "IO0 low": a host that moves one line at a time,
 * as all do over RFC 2217, has to get the second there before EN has risen. A board's capacitor is made for an
 * adapter's milliseconds; this is for a machine that is busy.
 */
const halfWayMs = 200;

/** What is between the control lines and the chip. */
export interface ResetCircuit {
  readonly lines: SerialLines;
  set(lines: Partial<SerialLines>): void;
  stop(): void;
}

/**
 * The two transistors that nearly every board has between the serial adapter and the chip: RTS alone holds EN low, DTR
 * alone holds IO0 low, both together or neither do nothing. The chip looks at IO0 when EN has risen.
 */
export class AutoResetCircuit implements ResetCircuit {
  readonly #onHold: () => void;
  readonly #onBoot: (isIo0Low: boolean) => void;
  #lines: SerialLines = { dtr: false, rts: false };
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(onHold: () => void, onBoot: (isIo0Low: boolean) => void) {
    this.#onHold = onHold;
    this.#onBoot = onBoot;
  }

  get lines(): SerialLines {
    return { ...this.#lines };
  }

  set(lines: Partial<SerialLines>): void {
    const wasHeld = isHeld(this.#lines);
    const isRising = this.#timer !== undefined;
    this.#lines = { ...this.#lines, ...lines };
    const { dtr, rts } = this.#lines;
    if (!wasHeld && !isRising && !isHeld(this.#lines)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (isHeld(this.#lines)) {
      if (!wasHeld) this.#onHold();
      return;
    }
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#onBoot(this.#lines.dtr && !this.#lines.rts);
      },
      dtr && rts ? halfWayMs : enableRiseMs,
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * The USB-Serial/JTAG unit inside the later chips (technical reference manuals, "USB Serial/JTAG Controller"): DTR alone
 * asks for a download at the next reset, RTS alone resets, neither takes the request back.
 */
export class UsbUnit implements ResetCircuit {
  readonly #onBoot: (isDownload: boolean) => void;
  #lines: SerialLines = { dtr: false, rts: false };
  #isDownload = false;

  constructor(onBoot: (isDownload: boolean) => void) {
    this.#onBoot = onBoot;
  }

  get lines(): SerialLines {
    return { ...this.#lines };
  }

  set(lines: Partial<SerialLines>): void {
    const before = this.#lines;
    this.#lines = { ...before, ...lines };
    const { dtr, rts } = this.#lines;
    if (!rts) this.#isDownload = dtr;
    else if (!dtr && !isHeld(before)) this.#onBoot(this.#isDownload);
  }

  stop(): void {
    return;
  }
}

function isHeld({ dtr, rts }: SerialLines): boolean {
  return rts && !dtr;
}
