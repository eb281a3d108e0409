import { FlasherError, hex } from './errors.ts';
import { partitionTableOffset, partitionTableSize } from './image/partition-table.ts';
import { hardReset, type ResetInto } from './link/reset.ts';
import { usbKindOf } from './link/usb.ts';
import type { ChipInfo } from './loader/chip-info.ts';
import { eraseChip, eraseRange, readRange, unknownSize } from './loader/flash-commands.ts';
import { isPassing } from './loader/requests.ts';
import { romBaud, Session } from './loader/session.ts';
import { forcedDownload, needsWatchdogReset, watchdogReset } from './loader/watchdogs.ts';
import type { FlashPort } from './port/flash-port.ts';
import { applicationsAlone, checkApplicationPlaces } from './write/application-place.ts';
import {
  planWrite,
  sectorSize,
  type ImageToWrite,
  type PlannedImage,
  type PlanOptions,
} from './write/checks.ts';
import { verify, writeImage } from './write/write-image.ts';

/** How to get a chip into its loader, and how to talk to it there. */
export interface ConnectOptions {
  /** The rate to work at; lower ones follow by themselves where it fails. @default 460800 */
  baud?: number;
  /** How to bring the board into its loader. @default 'auto' */
  reset?: ResetInto;
  /** What `close` does with the board: start what it holds, or leave it in its loader. @default 'run' */
  after?: 'run' | 'stay';
  /** False to do without the stub, with the ROM's own slower loader. @default true */
  stub?: boolean;
  /** How often to try to reach the chip. @default 6 */
  attempts?: number;
  /** How long a command that does no work may take, in milliseconds. @default 3000 */
  commandMs?: number;
  signal?: AbortSignal;
  /** What the engine has to say. @default nothing is done with it */
  log?: (line: string) => void;
}

/** How far a write is. */
export interface WriteProgress {
  /** The image's number in the list, from 0. */
  image: number;
  address: number;
  /** Bytes of this image that are on the chip. */
  done: number;
  total: number;
}

/** What a write checks, leaves out and repeats. */
export interface WriteOptions extends PlanOptions {
  /** Compares the MD5 on the chip after each image. @default true */
  verify?: boolean;
  /** Compares first and leaves out what is there already. @default true */
  skipUnchanged?: boolean;
  /** How often to find out what is missing and write that. @default 4 */
  retries?: number;
  /** A rate for this write and what follows. */
  baud?: number;
  /** Called as bytes are accepted by the chip. */
  progress?: (progress: WriteProgress) => void;
  signal?: AbortSignal;
}

/** What a write did. */
export interface WriteResult {
  /** Bytes sent, before compression. */
  written: number;
  /** Bytes that were on the chip already. */
  skipped: number;
  /** How often something failed and was done again. */
  retries: number;
  /** The rate it ended at. */
  baud: number;
}

/** What a read reports to, and what may end it. */
export interface ReadOptions {
  /** Called with the bytes read so far and those asked for. */
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

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

  /** Erases all of the flash. */
  eraseFlash(options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.#do(options.signal, () => this.#persist(options.signal, () => eraseChip(this.#session)));
  }

  /** @throws FlasherError WRONG_OFFSET unless both are multiples of a sector, 0x1000. */
  eraseRegion(address: number, length: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.#do(options.signal, () => {
      if (address % sectorSize !== 0 || length % sectorSize !== 0) {
        const what = `${hex(length)} bytes at ${hex(address)} are not whole sectors`;
        throw new FlasherError('WRONG_OFFSET', what, { remedy: 'Give multiples of 0x1000' });
      }
      this.#checkFits(address, length);
      return this.#persist(options.signal, () => eraseRange(this.#session, address, length));
    });
  }

  /**
   * Checks every image against the chip, then writes them. What the flash holds already is left alone, and what was lost
   * on the way is found and written again.
   */
  writeFlash(images: readonly ImageToWrite[], options: WriteOptions = {}): Promise<WriteResult> {
    const { verify = true, skipUnchanged = true, retries = 4, baud, progress, signal } = options;
    return this.#do(signal, async () => {
      const session = this.#session;
      const planned = planWrite(images, session.info, options);
      if (baud !== undefined) await session.changeBaud(baud, signal);
      const canAsk = !session.info.security.secureDownload;
      if (canAsk && !options.force?.includes('offset')) await this.#checkApplications(planned, signal);
      const result: WriteResult = { written: 0, skipped: 0, retries: 0, baud: session.baud };
      for (const [index, image] of planned.entries()) {
        const part = await writeImage(session, image, {
          ...{ verify: verify && canAsk, skipUnchanged: skipUnchanged && canAsk, retries, signal },
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

  /** @throws FlasherError VERIFY_FAILED with the first address that differs; otherwise the flash holds the images. */
  verifyFlash(
    images: readonly ImageToWrite[],
    options: PlanOptions & { signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#do(options.signal, async () => {
      for (const { offset, data } of planWrite(images, this.#session.info, options)) {
        await this.#persist(options.signal, () => verify(this.#session, offset, data));
      }
    });
  }

  /**
   * Resets the board, so that it starts what its flash holds, and closes the port.
   *
   * @returns false if the port cannot reset it: press its button.
   */
  async reset(): Promise<boolean> {
    const hasReset = await this.#do(undefined, () => this.#run());
    await this.#shutDown();
    return hasReset;
  }

  /** Lets go of the board, which starts what its flash holds unless `after` was 'stay', and frees the port. */
  async close(): Promise<void> {
    if (this.#closing === undefined && this.#after === 'run' && this.#session.link.failure === undefined) {
      await this.reset();
    } else {
      await this.#shutDown();
    }
  }

  /** `await using` closes the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<boolean> {
    const { link, info } = this.#session;
    if (!info.security.secureDownload && (await this.#resetByItself())) return true;
    return hardReset(link);
  }

  /** What a chip on its own USB needs besides the lines, or instead of them. @returns true if it has reset itself. */
  async #resetByItself(): Promise<boolean> {
    const session = this.#session;
    try {
      if (session.info.chip === 'ESP32-S3') {
        await session.writeRegister(forcedDownload.register, 0, forcedDownload.mask);
      }
      if (usbKindOf(session.link.port) !== 'otg' || !(await needsWatchdogReset(session))) return false;
      await watchdogReset(session);
      return true;
    } catch (error) {
      // A chip that does not answer any more is reset by its lines all the same; one that has left the bus has reset itself.
      session.options.log(String(error));
      return false;
    }
  }

  async #checkApplications(planned: readonly PlannedImage[], signal: AbortSignal | undefined): Promise<void> {
    if (applicationsAlone(planned).length === 0) return;
    const read = () => readRange(this.#session, partitionTableOffset, partitionTableSize, () => undefined);
    checkApplicationPlaces(planned, await this.#persist(signal, read));
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
    signal?.throwIfAborted();
    const cancel = () => {
      link.fail(signal?.reason);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
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
