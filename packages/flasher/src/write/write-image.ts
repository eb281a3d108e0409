import { FlasherError, hex } from '../errors.ts';
import { flashMd5, md5Of } from '../loader/flash-commands.ts';
import { isPassing } from '../loader/requests.ts';
import type { Session } from '../loader/session.ts';
import type { PlannedImage } from './checks.ts';
import { findDifferences, firstDifference, type Range } from './differences.ts';
import { writeRange } from './write-range.ts';

export interface WriteImageOptions {
  verify: boolean;
  skipUnchanged: boolean;
  /** How often to find out what is missing and write that, after the first time. */
  retries: number;
  signal: AbortSignal | undefined;
  /** @param done - bytes of the image that are on the chip, as far as is known. */
  onProgress: (done: number) => void;
}

export interface WriteImageResult {
  /** Bytes sent, before compression; more than the image where something had to be sent again. */
  written: number;
  /** Bytes that were on the chip already. */
  skipped: number;
  retries: number;
}

export async function writeImage(
  session: Session,
  image: PlannedImage,
  options: WriteImageOptions,
): Promise<WriteImageResult> {
  const data = padded(image.data);
  const result: WriteImageResult = { written: 0, skipped: 0, retries: 0 };
  let isLookNeeded = options.skipUnchanged;
  for (;;) {
    try {
      const all: Range[] = data.length === 0 ? [] : [{ start: 0, end: data.length }];
      const todo = isLookNeeded ? await findDifferences(session, image.offset, data) : all;
      const size = todo.reduce((sum, { start, end }) => sum + end - start, 0);
      if (result.written === 0) result.skipped = data.length - size;
      await writeAll(session, image.offset, data, todo, options.onProgress, result);
      // Nothing to write after a look means that every byte was compared just now.
      if (options.verify && !(isLookNeeded && todo.length === 0)) await verify(session, image.offset, data);
      return result;
    } catch (error) {
      if (session.link.failure !== undefined) throw session.link.failure.reason;
      const isMismatch = error instanceof FlasherError && error.code === 'VERIFY_FAILED';
      if (!isMismatch && !isPassing(error)) throw error;
      if (result.retries === options.retries) throw isMismatch ? error : gaveUp(error, image.offset);
      result.retries += 1;
      await session.recover(options.signal);
      // In secure download mode there is no MD5: all of it again.
      isLookNeeded = !session.info.security.secureDownload;
    }
  }
}

/** @throws FlasherError VERIFY_FAILED with the address of the first sector that differs. */
export async function verify(session: Session, offset: number, data: Uint8Array): Promise<void> {
  if (data.length === 0 || (await flashMd5(session, offset, data.length)) === md5Of(data)) return;
  const address = offset + ((await firstDifference(session, offset, data)) ?? 0);
  throw new FlasherError(
    'VERIFY_FAILED',
    `The flash does not hold what was written, from ${hex(address)} on`,
    {
      remedy:
        'Try again at a lower baud rate; if it fails at the same place, the power supply or the flash is bad',
      address,
    },
  );
}

async function writeAll(
  session: Session,
  offset: number,
  data: Uint8Array,
  todo: Range[],
  onProgress: (done: number) => void,
  result: WriteImageResult,
): Promise<void> {
  let done = data.length - todo.reduce((sum, { start, end }) => sum + end - start, 0);
  onProgress(done);
  for (const { start, end } of todo) {
    const base = done;
    result.written += end - start;
    await writeRange(session, offset + start, data.subarray(start, end), (part) => {
      onProgress(base + part);
    });
    done = base + end - start;
  }
}

function gaveUp(cause: unknown, offset: number): FlasherError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FlasherError('WRITE_FAILED', `The image for ${hex(offset)} could not be written: ${why}`, {
    remedy: 'Try again at a lower baud rate, with another cable',
    address: offset,
    cause,
  });
}

/** The flash is written in words. */
function padded(data: Uint8Array): Uint8Array {
  if (data.length % 4 === 0) return data;
  const whole = new Uint8Array(Math.ceil(data.length / 4) * 4).fill(0xff);
  whole.set(data);
  return whole;
}
