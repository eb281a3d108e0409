import { DemoFailedError } from './demo-failed-error.ts';

/** Prints what happens, with the seconds since the start. */
export class Timeline {
  readonly #print: (line: string) => void;
  readonly #startedAt = performance.now();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** @param who where it happened: `site`, `gogs`, `broker` or a node's name. */
  say(who: string, what: string): void {
    this.#print(`${this.elapsedSeconds.toFixed(1).padStart(5)} s  ${who.padEnd(8)}${what}`);
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
