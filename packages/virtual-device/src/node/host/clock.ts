/** A node's sense of time: milliseconds since its power came on, running `scale` times as fast as ours. */
export class NodeClock {
  readonly scale: number;
  #poweredAt: number;
  /** Seconds since 2000-01-01 at power-on: what the real-time clock counts from. A board starts at 0. */
  #rtcBase = 0;

  constructor(scale: number) {
    this.scale = scale;
    this.#poweredAt = realNow();
  }

  /** Power has come on: the real-time clock has lost its time. */
  powerOn(): void {
    this.#poweredAt = realNow();
    this.#rtcBase = 0;
  }

  now(): number {
    return (realNow() - this.#poweredAt) * this.scale;
  }

  /** Seconds since 2000-01-01, with a fraction, as the node believes. */
  get rtcSeconds(): number {
    return this.#rtcBase + this.now() / 1000;
  }

  set rtcSeconds(seconds: number) {
    this.#rtcBase = seconds - this.now() / 1000;
  }

  /** Calls back after so many of the node's milliseconds. @returns a function that takes it back. */
  after(milliseconds: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.max(0, milliseconds) / this.scale);
    return () => {
      clearTimeout(timer);
    };
  }
}

/** Milliseconds since 1970; the same clock that a worker thread reads. */
export function realNow(): number {
  return performance.timeOrigin + performance.now();
}
