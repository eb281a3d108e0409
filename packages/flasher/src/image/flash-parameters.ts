import { sha256 } from '@noble/hashes/sha2';
import { FlasherError } from '../errors.ts';
import { readExecutable } from './executable.ts';

/** The bytes of an image's header that say how the flash is wired. */
export interface FlashParameters {
  /** How many lines carry address and data. */
  mode?: 'qio' | 'qout' | 'dio' | 'dout';
  /** In mebibytes, a power of two from 1 to 128. */
  sizeMb?: number;
}

const modes = ['qio', 'qout', 'dio', 'dout'];

/**
 * A copy of an image whose bootloader expects another mode or size of flash, with its SHA-256 made anew.
 *
 * esptool-js 0.7.0 changes the header and leaves the old SHA-256, so that the ROM of an S3 or C3 refuses the image; here
 * its `flashMode` and `flashSize` are never used. May go when its `_updateImageFlashParams` hashes what it changed.
 *
 * @throws FlasherError IMAGE_DAMAGED for what is no image. TypeError for a size that cannot be said.
 */
export function withFlashParameters(file: Uint8Array, parameters: FlashParameters): Uint8Array {
  const { executable, problems } = readExecutable(file, 0);
  if (executable === undefined || problems.length > 0) {
    throw new FlasherError('IMAGE_DAMAGED', `The image is damaged: ${problems.join('; ')}`, {
      remedy: 'Download it again',
    });
  }
  const copy = Uint8Array.from(file);
  if (parameters.mode !== undefined) copy[2] = modes.indexOf(parameters.mode);
  if (parameters.sizeMb !== undefined) {
    const code = Math.log2(parameters.sizeMb);
    if (!Number.isInteger(code) || code < 0 || code > 7) {
      throw new TypeError(`sizeMb is ${parameters.sizeMb}: it has to be a power of two from 1 to 128`);
    }
    copy[3] = (code << 4) | ((copy[3] ?? 0) & 0xf);
  }
  if (executable.hasHash) {
    const end = executable.size - 32;
    copy.set(sha256(copy.subarray(0, end)), end);
  }
  return copy;
}
