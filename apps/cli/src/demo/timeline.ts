import { DemoFailedError } from './demo-failed-error.ts';

export interface TimelineEntry {
  /** Since the start. */
  readonly seconds: number;
  /** Where it happened: `site`, `gogs`, `broker` or a node's name. */
  readonly who: string;
  readonly what: string;
}

/** Tells what happens, with the seconds since the start. */
export class Timeline {
  readonly #tell: (entry: TimelineEntry) => void;
  readonly #startedAt = performance.now();

  constructor(tell: (entry: TimelineEntry) => void) {
    this.#tell = tell;
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** @param who where it happened: `site`, `gogs`, `broker` or a node's name. */
  say(who: string, what: string): void {
    this.#tell({ seconds: this.elapsedSeconds, who, what });
  }

  /**
   * Does one step of the demo.
   *
   * @throws DemoFailedError that names the step, whatever went wrong in it.
   */
  async step<T>(name: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw new DemoFailedError(name, error);
    }
  }
}
