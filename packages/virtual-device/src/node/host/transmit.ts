/** Which cables have more to carry than their wire takes at once. */
export class Transmit {
  readonly #take: () => void;
  #holders = 0;

  /** @param take - is called when nothing keeps the program from printing more; it may be called often. */
  constructor(take: () => void) {
    this.#take = take;
  }

  /** @returns ends the hold; it may be called twice. */
  hold(): () => void {
    let isHeld = true;
    this.#holders += 1;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders -= 1;
      this.settle();
    };
  }

  settle(): void {
    if (this.#holders === 0) this.#take();
  }
}
