import { PowerCutError } from './flash-error.ts';
import type { FlashOperation, PowerCut } from './flash-types.ts';

/** Counts what changes the flash, and cuts the power at the operation it was told to. */
export class PowerJournal {
  onPowerCut: ((operation: FlashOperation) => void) | undefined = undefined;
  #operations: FlashOperation[] = [];
  #armed: PowerCut | undefined = undefined;
  #isOn = true;
  readonly #forget: () => void;

  /** @param forget - drops what does not survive a loss of power. */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  /** Those that happened, since the power came on. */
  get operations(): readonly FlashOperation[] {
    return this.#operations;
  }

  /** @throws RangeError if that operation is not to come any more. */
  arm(cut: PowerCut): void {
    const next = this.#operations.length + 1;
    if (!Number.isInteger(cut.atOperation) || cut.atOperation < next) {
      throw new RangeError(`atOperation is ${cut.atOperation}, and the next operation is number ${next}`);
    }
    this.#armed = { ...cut };
  }

  on(): void {
    this.#operations = [];
    this.#armed = undefined;
    this.#isOn = true;
    this.#forget();
  }

  off(): void {
    this.#isOn = false;
    this.#forget();
  }

  /** @throws PowerCutError while the power is off. */
  require(doing: string): void {
    if (!this.#isOn) throw new PowerCutError(doing);
  }

  /**
   * Does the operation, or as much of it as the power lasts for. What fails is not counted.
   *
   * @throws PowerCutError if the power went.
   */
  perform(operation: FlashOperation, whole: () => void, half?: () => void): void {
    if (this.#armed?.atOperation !== this.#operations.length + 1) {
      whole();
      this.#operations.push(operation);
      return;
    }
    if (this.#armed.phase === 'during') half?.();
    this.off();
    this.onPowerCut?.(operation);
    throw new PowerCutError(`power was cut at ${operation.kind} ${operation.path}`, operation);
  }
}
