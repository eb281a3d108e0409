import { FlasherError, hex } from './errors.ts';
import type {
  CheckWriteOptions,
  ConnectOptions,
  EraseOptions,
  ReadOptions,
  WriteOptions,
  WriteResult,
} from './flasher-options.ts';
import { partitionTableOffset, partitionTableSize } from './image/partition-table.ts';
import { hardReset } from './link/reset.ts';
import type { ChipInfo } from './loader/chip-info.ts';
import { eraseChip, eraseRange, readRange, unknownSize } from './loader/flash-commands.ts';
import { isPassing } from './loader/requests.ts';
import { romBaud, Session } from './loader/session.ts';
import { forcedDownload, needsWatchdogReset, watchdogReset } from './loader/watchdogs.ts';
import type { FlashPort } from './port/flash-port.ts';
import { applicationsAlone, checkApplicationPlaces } from './write/application-place.ts';
import {
  checkErase,
  planVerify,
  planWrite,
  sectorSize,
  type ImageToWrite,
  type PlannedImage,
  type PlanOptions,
} from './write/checks.ts';
import { verify, writeImage } from './write/write-image.ts';

/** Of what may be done again. */
const tries = 3;
const fallbackBauds = [460_800, romBaud];

/**
 * Brings the chip at the port into its loader and finds out what it is. Until `close` the port is this flasher's.
 *
 * @throws FlasherError, with the port closed; the reason of an aborted signal.
 */
export async function connectPort(port: FlashPort, options: ConnectOptions = {}): Promise<Flasher> {
  const { baud = 460_800, reset = 'auto', stub = true, attempts = 6, commandMs = 3000, signal } = options;
  const session = new Session(port, {
    ...{ reset, stub, attempts, commandMs },
    bauds: [baud, ...fallbackBauds.filter((lower) => lower < baud)],
    log: options.log ?? (() => undefined),
  });
  const flasher = new Flasher(session, options.after ?? 'run');
  await flasher.start(signal);
  return flasher;
}

/** A chip in its loader, at a port. One thing is done at a time; what is asked meanwhile waits its turn. */
export class Flasher {
  readonly #session: Session;
  readonly #after: 'run' | 'stay';
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined = undefined;

  /** @internal `connect` makes them. */
  constructor(session: Session, after: 'run' | 'stay') {
    this.#session = session;
    this.#after = after;
  }

  /** @internal */
  start(signal: AbortSignal | undefined): Promise<void> {
    return this.#doNow(signal, () => this.#session.open(signal), true);
  }

  /** What the chip said of itself when it was reached. */
  get chip(): ChipInfo {
    return this.#session.info;
  }

  /** The same as `chip`, for those who like to ask. */
  chipInfo(): ChipInfo {
    return this.#session.info;
  }

  /** The rate that is spoken now, in bits per second. */
  get baud(): number {
    return this.#session.baud;
  }

  /**
   * Erases all of the flash.
   *
   * @throws FlasherError SECURE_DOWNLOAD, SECURE_BOOT or FLASH_ENCRYPTED for a chip that is locked: nothing is erased then.
   */
  eraseFlash(options: EraseOptions = {}): Promise<void> {
    return this.#do(options.signal, () => {
      checkErase(this.#session.info, options.force);
      return this.#persist(options.signal, () => eraseChip(this.#session));
    });
  }

  /**
   * Erases whole sectors; both numbers are in bytes.
   *
   * @throws FlasherError WRONG_OFFSET unless both are multiples of a sector, 0x1000; for a chip that is locked as
   * `eraseFlash`.
   */
  eraseRegion(address: number, length: number, options: EraseOptions = {}): Promise<void> {
    return this.#do(options.signal, () => {
      checkErase(this.#session.info, options.force);
      if (address % sectorSize !== 0 || length % sectorSize !== 0) {
        const what = `${hex(length)} bytes at ${hex(address)} are not whole sectors`;
        throw new FlasherError('WRONG_OFFSET', what, { remedy: 'Give multiples of 0x1000' });
      }
      this.#checkFits(address, length);
      return this.#persist(options.signal, () => eraseRange(this.#session, address, length));
    });
  }

  /**
   * Checks all that `writeFlash` checks, the partition table on the chip as well, and writes nothing.
   *
   * @returns where each image would go.
   * @throws FlasherError of the check that failed; TypeError for an image that needs an offset and has none.
   */
  checkWrite(images: readonly ImageToWrite[], options: CheckWriteOptions = {}): Promise<PlannedImage[]> {
    return this.#do(options.signal, () => this.#plan(images, options));
  }

  /**
   * Checks every image against the chip, then writes them. What the flash holds already is left alone, and what was lost
   * on the way is found and written again.
   *
   * @throws FlasherError of the check that failed, before anything is erased or written; of what went wrong on the way, after the last retry.
   * TypeError for an image that needs an offset and has none. The reason of an aborted signal.
   * @example
   * const { written, skipped } = await flasher.writeFlash([{ data: await readFile('ESP32_GENERIC.bin') }]);
   */
  writeFlash(images: readonly ImageToWrite[], options: WriteOptions = {}): Promise<WriteResult> {
    const { verify = true, skipUnchanged = true, retries = 4, baud, progress, signal } = options;
    return this.#do(signal, async () => {
      const session = this.#session;
      const planned = await this.#plan(images, options);
      if (baud !== undefined) await session.changeBaud(baud, signal);
      if (options.eraseAll === true) await this.#persist(signal, () => eraseChip(session));
      const result: WriteResult = { written: 0, skipped: 0, retries: 0, baud: session.baud };
      for (const [index, image] of planned.entries()) {
        const part = await writeImage(session, image, {
          ...{
            verify: verify && this.#canAsk,
            skipUnchanged: skipUnchanged && this.#canAsk,
            retries,
            signal,
          },
          onProgress: (done) => {
            const total = image.data.length;
            progress?.({ image: index, address: image.offset, done: Math.min(done, total), total });
          },
        });
        result.written += part.written;
        result.skipped += part.skipped;
        result.retries += part.retries;
      }
      result.baud = session.baud;
      return result;
    });
  }

  /** Reads a part of the flash and compares it with the chip's own MD5. */
  readFlash(address: number, length: number, options: ReadOptions = {}): Promise<Uint8Array> {
    return this.#do(options.signal, () => {
      this.#checkFits(address, length);
      return this.#persist(options.signal, () =>
        readRange(this.#session, address, length, (done) => options.progress?.(done, length)),
      );
    });
  }

  /**
   * Compares images with the flash, by the MD5 that the chip makes of it; what keeps a write from a locked chip or from
   * another one keeps nobody from looking.
   *
   * @throws FlasherError VERIFY_FAILED with the first address that differs; SECURE_DOWNLOAD where the chip does not tell;
   * of the check that failed for an image that is damaged or cannot be there.
   */
  verifyFlash(
    images: readonly ImageToWrite[],
    options: PlanOptions & { signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#do(options.signal, async () => {
      for (const { offset, data } of planVerify(images, this.#session.info, options)) {
        this.#checkFits(offset, data.length);
        await this.#persist(options.signal, () => verify(this.#session, offset, data));
      }
    });
  }

  /**
   * Resets the board, so that it starts what its flash holds, and closes the port.
   *
   * @returns false if the port cannot reset it: press its button.
   */
  async reset({ signal }: { signal?: AbortSignal } = {}): Promise<boolean> {
    const hasReset = await this.#do(signal, () => this.#run(signal));
    await this.#shutDown();
    return hasReset;
  }

  /** Lets go of the board, which starts what its flash holds unless `after` was 'stay', and frees the port. */
  async close(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#closing === undefined && this.#after === 'run' && this.#session.link.failure === undefined) {
      await this.reset(options);
    } else {
      await this.#shutDown();
    }
  }

  /** `await using` closes the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(signal: AbortSignal | undefined): Promise<boolean> {
    const { link, info } = this.#session;
    if (!info.security.secureDownload && (await this.#resetByItself())) return true;
    return hardReset(link, signal);
  }

  /** What a chip on its own USB needs besides the lines, or instead of them. @returns true if it has reset itself. */
  async #resetByItself(): Promise<boolean> {
    const session = this.#session;
    try {
      if (session.info.chip === 'ESP32-S3') {
        await session.writeRegister(forcedDownload.register, 0, forcedDownload.mask);
      }
      if (session.link.usbKind !== 'otg' || !(await needsWatchdogReset(session))) return false;
      await watchdogReset(session);
      return true;
    } catch (error) {
      // A chip that does not answer any more is reset by its lines all the same; one that has left the bus has reset itself.
      session.options.log(String(error));
      return false;
    }
  }

  /** In secure download mode the chip tells nothing of what its flash holds. */
  get #canAsk(): boolean {
    return !this.#session.info.security.secureDownload;
  }

  async #plan(images: readonly ImageToWrite[], options: CheckWriteOptions): Promise<PlannedImage[]> {
    const planned = planWrite(images, this.#session.info, options);
    if (applicationsAlone(planned).length === 0) return planned;
    if (!this.#canAsk || options.force?.includes('offset')) return planned;
    checkApplicationPlaces(planned, await this.#readTable(options));
    return planned;
  }

  /** The partition table that images alone are written to. */
  #readTable({ eraseAll, signal }: CheckWriteOptions): Promise<Uint8Array> {
    if (eraseAll === true) return Promise.resolve(new Uint8Array(partitionTableSize).fill(0xff));
    const read = () => readRange(this.#session, partitionTableOffset, partitionTableSize, () => undefined);
    return this.#persist(signal, read);
  }

  #checkFits(address: number, length: number): void {
    const { flashSize } = this.#session.info;
    if (flashSize === undefined) throw unknownSize();
    if (address >= 0 && length >= 0 && address + length <= flashSize) return;
    const what = `${length} bytes at ${hex(address)} are not all in the flash, which has ${flashSize}`;
    throw new FlasherError('FLASH_TOO_SMALL', what, { remedy: 'Give a part that is in it' });
  }

  /** Does again, after the connection is mended, what may be done twice. */
  async #persist<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (this.#session.link.failure !== undefined || !isPassing(error) || attempt === tries) throw error;
        await this.#session.recover(signal);
      }
    }
  }

  #do<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#doNow(signal, work));
    // Whoever asked for it hears of its failure; the next in line only waits.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #doNow<T>(signal: AbortSignal | undefined, work: () => Promise<T>, isOpening = false): Promise<T> {
    const { link } = this.#session;
    const cancel = () => {
      link.fail(signal?.reason);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      // Also for a signal that was aborted before: whoever gave it up does not come back to close the port.
      if (signal?.aborted) cancel();
      if (link.failure !== undefined) throw link.failure.reason;
      return await work();
    } catch (error) {
      const { failure } = link;
      if (failure === undefined && !isOpening) throw error;
      await this.#abandon();
      throw failure === undefined ? error : failure.reason;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Closes after a failure, which is what the caller hears of. */
  async #abandon(): Promise<void> {
    await this.#shutDown().catch((error: unknown) => {
      this.#session.options.log(String(error));
    });
  }

  #shutDown(): Promise<void> {
    this.#closing ??= this.#session.link.shutDown();
    return this.#closing;
  }
}
