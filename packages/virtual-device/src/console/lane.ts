export interface LaneOptions {
  /** How long a byte takes on the wire; 0 for no time. */
  byteMs: number;
  latencyMs: number;
  /** The far end looks at multiples of this only; 0 for always. */
  tickMs: number;
  /**
   * The most modelled time to deliver at once. Should this process have been held up, the far end gets what has piled
   * up in portions, and a receive buffer that would have been read in time does not overflow.
   */
  stepMs: number;
  deliver: (bytes: Uint8Array) => void;
}

/** As near as a timer comes to its time. */
const timerMs = 1;

interface Shipment {
  bytes: Uint8Array;
  /** When its first byte goes onto the wire. */
  startMs: number;
  delivered: number;
}

/**
 * One direction of a cable. Arrival times come from the clock and the count of bytes alone, so that neither timers that
 * fire late nor the size of chunks changes how long the whole takes. At most one timer runs.
 *
 * Nothing arrives before its time, and the end of what is on its way not a millisecond after it: whoever waits for an answer
 * would pay for the coarseness of the timers at every turn, and a tool that asks more often would pay more.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #isTimed: boolean;
  #shipments: Shipment[] = [];
  #wireFreeMs = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #soon: NodeJS.Immediate | undefined = undefined;
  #roomWanted: { atMs: number; call: () => void } | undefined = undefined;
  #emptyWanted: (() => void) | undefined = undefined;
  #isStopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#isTimed = options.byteMs > 0 || options.latencyMs > 0 || options.tickMs > 0;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isStopped) return;
    if (!this.#isTimed) {
      this.#options.deliver(bytes);
      return;
    }
    const startMs = Math.max(performance.now(), this.#wireFreeMs);
    this.#wireFreeMs = startMs + bytes.length * this.#options.byteMs;
    this.#shipments.push({ bytes: Uint8Array.from(bytes), startMs, delivered: 0 });
    this.#schedule();
  }

  /** Calls back, perhaps at once, when no more than `bytes` wait for the wire. One caller at a time. */
  whenBacklogIs(bytes: number, call: () => void): void {
    const atMs = this.#wireFreeMs - bytes * this.#options.byteMs;
    if (atMs <= performance.now()) {
      call();
      return;
    }
    this.#roomWanted = { atMs, call };
    this.#schedule();
  }

  /** Calls back, perhaps at once, when everything is delivered. One caller at a time. */
  whenEmpty(call: () => void): void {
    if (this.#shipments.length === 0) call();
    else this.#emptyWanted = call;
  }

  /** What is on its way never arrives. */
  stop(): void {
    this.#isStopped = true;
    this.#shipments = [];
    this.#cancel();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#cancel();
    const nowMs = performance.now();
    const nextMs = Math.min(this.#nextBatchMs(nowMs), this.#roomWanted?.atMs ?? Infinity);
    if (nextMs === Infinity) return;
    const waitMs = nextMs - nowMs;
    const flush = (): void => {
      this.#flush();
    };
    // No timer is finer than a millisecond, and it may be late by one: the last of the wait is spent on turns of the event loop.
    this.#timer = setTimeout(flush, Math.max(1, Math.floor(waitMs)));
    if (waitMs > 0 && waitMs < timerMs) this.#soon = setImmediate(flush);
  }

  /** A millisecond's bytes together, rather than each by itself; but the last of them when they are there. */
  #nextBatchMs(nowMs: number): number {
    const nextMs = this.#nextArrivalMs();
    const last = this.#shipments.at(-1);
    if (last === undefined || this.#options.tickMs > 0) return nextMs;
    return Math.max(nextMs, Math.min(this.#arrivalMs(last, last.bytes.length - 1), nowMs + 1));
  }

  #nextArrivalMs(): number {
    const [first] = this.#shipments;
    return first === undefined ? Infinity : this.#seenMs(this.#arrivalMs(first, first.delivered));
  }

  #arrivalMs(shipment: Shipment, index: number): number {
    return shipment.startMs + (index + 1) * this.#options.byteMs + this.#options.latencyMs;
  }

  #seenMs(arrivalMs: number): number {
    const { tickMs } = this.#options;
    return tickMs > 0 ? Math.ceil(arrivalMs / tickMs) * tickMs : arrivalMs;
  }

  #flush(): void {
    const nowMs = performance.now();
    const room = this.#roomWanted;
    if (room && room.atMs <= nowMs) {
      this.#roomWanted = undefined;
      room.call();
    }
    const nextMs = this.#nextArrivalMs();
    if (nextMs <= nowMs) {
      const { tickMs, stepMs, deliver } = this.#options;
      // One tick's bytes, however many ticks have gone by: between two ticks the node has read them.
      const untilMs = tickMs > 0 ? nextMs : Math.min(nowMs, nextMs + stepMs);
      deliver(this.#takeUntil(untilMs));
    }
    if (this.#shipments.length === 0) {
      const call = this.#emptyWanted;
      this.#emptyWanted = undefined;
      call?.();
    }
    this.#schedule();
  }

  #takeUntil(untilMs: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let first = this.#shipments[0]; first !== undefined; first = this.#shipments[0]) {
      const end = this.#arrivedBy(untilMs, first);
      parts.push(first.bytes.subarray(first.delivered, end));
      first.delivered = end;
      if (end < first.bytes.length) break;
      this.#shipments.shift();
    }
    return Buffer.concat(parts);
  }

  #arrivedBy(untilMs: number, shipment: Shipment): number {
    let end = shipment.delivered;
    while (end < shipment.bytes.length && this.#arrivalMs(shipment, end) <= untilMs) end += 1;
    return end;
  }
}
