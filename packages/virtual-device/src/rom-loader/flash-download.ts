import pako from 'pako';
import { sectorSize, type NorFlash } from './nor-flash.ts';
import { failures } from './opcodes.ts';

export interface DownloadPlan {
  address: number;
  /** Bytes to be written, as the host announced them. */
  size: number;
  isDeflated: boolean;
  isStub: boolean;
}

/**
 * A download to flash between BEGIN and END. Neither ROM nor stub look at a block's sequence number: a block that is
 * sent twice is written twice.
 */
export class FlashDownload {
  readonly plan: DownloadPlan;
  readonly #flash: NorFlash;
  readonly #inflate: pako.Inflate | undefined;
  #inflated: Uint8Array[] = [];
  #position: number;
  #erasedTo: number;

  constructor(flash: NorFlash, plan: DownloadPlan) {
    this.plan = plan;
    this.#flash = flash;
    this.#position = plan.address;
    this.#erasedTo = Math.floor(plan.address / sectorSize) * sectorSize;
    // The ROM erases everything when it begins, the stub sector by sector as data comes in.
    if (!plan.isStub) this.#eraseTo(plan.address + plan.size);
    if (plan.isDeflated) {
      this.#inflate = new pako.Inflate({ chunkSize: sectorSize });
      this.#inflate.onData = (chunk) => {
        this.#inflated.push(chunk as Uint8Array);
      };
    }
  }

  /** True once all the bytes that were announced are written. */
  get isComplete(): boolean {
    return this.#position >= this.plan.address + this.plan.size;
  }

  /** @returns a failure's code, or `undefined`. */
  take(block: Uint8Array): number | undefined {
    if (this.#inflate === undefined) return this.#write(block);
    this.#inflated = [];
    this.#inflate.push(block, pako.constants.Z_SYNC_FLUSH);
    // A number; @types/pako names the values that it may have.
    const failed: number = this.#inflate.err;
    if (failed !== 0) return this.plan.isStub ? failures.stubInflate : failures.deflate;
    for (const chunk of this.#inflated) {
      const failure = this.#write(chunk);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #write(data: Uint8Array): number | undefined {
    const room = this.plan.address + this.plan.size - this.#position;
    // A block that is not compressed is filled up with ones; those beyond the end are not written.
    if (this.plan.isDeflated && data.length > room) {
      return this.plan.isStub ? failures.stubTooMuchData : failures.failedToAct;
    }
    const used = data.subarray(0, Math.max(0, room));
    this.#eraseTo(this.#position + used.length);
    this.#flash.program(this.#position, used);
    this.#position += used.length;
    return undefined;
  }

  #eraseTo(end: number): void {
    if (end <= this.#erasedTo) return;
    this.#flash.erase(this.#erasedTo, end - this.#erasedTo);
    this.#erasedTo = Math.ceil(end / sectorSize) * sectorSize;
  }
}
