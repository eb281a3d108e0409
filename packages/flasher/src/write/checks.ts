import { chipOfName } from '../chips.ts';
import { FlasherError, hex, type FlasherErrorCode } from '../errors.ts';
import { inspectImage, type FirmwareImage } from '../image/read-image.ts';
import type { ChipInfo } from '../loader/chip-info.ts';

/** What is checked before anything is erased; each can be overridden, by its name. */
export type SecurityCheckName = 'secure-boot' | 'flash-encryption' | 'secure-download';

/** What is checked before the first byte is written; each can be overridden, by its name. */
export type CheckName = 'image' | 'chip' | 'revision' | 'offset' | 'size' | SecurityCheckName;

/** Bytes, and where they belong. */
export interface ImageToWrite {
  /** What is written. */
  data: Uint8Array;
  /** Where to, in bytes from the start of the flash. A full image and a bootloader know their place themselves. */
  offset?: number;
  /**
   * `firmware` is an image in Espressif's format and is checked as such; `data` is anything else, such as a file
   * system. @default 'firmware'
   */
  type?: 'firmware' | 'data';
}

/** An image with its place, ready to be written. */
export interface PlannedImage {
  /** What is written. */
  data: Uint8Array;
  /** In bytes from the start of the flash. */
  offset: number;
  /** What was read from it; `undefined` for data. */
  firmware: FirmwareImage | undefined;
}

/** Which checks a plan goes without, and what it is compared with. */
export interface PlanOptions {
  /** Checks to go without. */
  force?: readonly CheckName[];
  /** Where the board's definition says that its bootloader goes; compared with what the chip says. */
  boardOffset?: number;
}

/** What only a write has to be kept from: comparing does no harm to a chip that is locked, or is another one. */
const writeChecks: readonly CheckName[] = ['chip', 'revision', 'size', 'secure-boot', 'flash-encryption'];

/**
 * Finds out where images would be, to compare them with what is there. Whether that is in the flash is not checked.
 *
 * @throws FlasherError SECURE_DOWNLOAD, in which mode the chip tells nothing of its flash; else as `planWrite`.
 */
export function planVerify(
  images: readonly ImageToWrite[],
  chip: ChipInfo,
  options: PlanOptions = {},
): PlannedImage[] {
  if (chip.security.secureDownload) {
    throw new FlasherError('SECURE_DOWNLOAD', 'In secure download mode the chip tells nothing of its flash', {
      remedy: 'It cannot be compared',
    });
  }
  return planWrite(images, chip, { ...options, force: [...(options.force ?? []), ...writeChecks] });
}

export const sectorSize = 0x1000;

/**
 * Finds out where images go and whether they may: nothing is written, and no chip is asked.
 *
 * @throws FlasherError of the check that failed; TypeError for an image that needs an offset and has none.
 * @example
 * const [image] = planWrite([{ data: await readFile('ESP32_GENERIC.bin') }], flasher.chipInfo());
 * console.log(image.offset); // 4096 on an ESP32
 */
export function planWrite(
  images: readonly ImageToWrite[],
  chip: ChipInfo,
  options: PlanOptions = {},
): PlannedImage[] {
  const { force = [], boardOffset } = options;
  const check = checkUnless(force);
  checkSecurity(chip, check, 'what is written may never run, and may not be taken back');
  const planned = images.map((image) => planImage(image, chip, boardOffset, check));
  const inOrder = planned.toSorted((a, b) => a.offset - b.offset);
  for (const [index, image] of inOrder.entries()) {
    const next = inOrder[index + 1];
    const end = image.offset + image.data.length;
    check('offset', next === undefined || end <= next.offset, () =>
      wrongOffset(`The image at ${hex(image.offset)} reaches into the one at ${hex(next?.offset ?? 0)}`),
    );
  }
  return planned;
}

type Check = (name: CheckName, isGood: boolean, failure: () => FlasherError) => void;

function checkUnless(force: readonly CheckName[]): Check {
  return (name, isGood, failure) => {
    if (!isGood && !force.includes(name)) throw failure();
  };
}

/**
 * Finds out whether a chip may be erased: a locked one is not emptied, because what it starts from may never be put back.
 * Nothing is erased, and no chip is asked.
 *
 * @throws FlasherError SECURE_DOWNLOAD, SECURE_BOOT or FLASH_ENCRYPTED.
 */
export function checkErase(chip: ChipInfo, force: readonly SecurityCheckName[] = []): void {
  checkSecurity(
    chip,
    checkUnless(force),
    'what is erased may not be put back, and the chip never start again',
  );
}

function checkSecurity(chip: ChipInfo, check: Check, risk: string): void {
  const { secureBoot, flashEncryption, secureDownload } = chip.security;
  const stop = (code: FlasherErrorCode, what: string, name: SecurityCheckName) => () =>
    new FlasherError(code, `The chip has ${what} on: ${risk}`, {
      remedy: `Leave it as it is, or give force: ['${name}'] if you hold its keys`,
    });
  check(
    'secure-download',
    !secureDownload,
    stop('SECURE_DOWNLOAD', 'secure download mode', 'secure-download'),
  );
  check('secure-boot', !secureBoot, stop('SECURE_BOOT', 'secure boot', 'secure-boot'));
  check(
    'flash-encryption',
    !flashEncryption,
    stop('FLASH_ENCRYPTED', 'flash encryption', 'flash-encryption'),
  );
}

function planImage(
  image: ImageToWrite,
  chip: ChipInfo,
  boardOffset: number | undefined,
  check: Check,
): PlannedImage {
  const { data, type = 'firmware' } = image;
  const { image: firmware, problems } =
    type === 'data' ? { image: undefined, problems: [] } : inspectImage(data);
  check('image', problems.length === 0, () => damaged(problems));
  const place = firmware && homeOf(firmware, chip);
  const offset = image.offset ?? place;
  if (offset === undefined)
    throw new TypeError('An application or data has no place of its own: give its offset');
  if (firmware !== undefined) checkFirmware(firmware, chip, check);
  check('offset', offset % sectorSize === 0, () =>
    wrongOffset(`${hex(offset)} is not at the start of a sector (a multiple of 0x1000)`),
  );
  if (place !== undefined) {
    check('offset', offset === place, () =>
      wrongOffset(
        `A ${firmware?.kind ?? ''} image for the ${chip.chip} belongs at ${hex(place)}, not at ${hex(offset)}`,
      ),
    );
    check('offset', boardOffset === undefined || boardOffset === place, () =>
      wrongOffset(
        `The ${chip.chip} starts at ${hex(place)}, the board's definition says ${hex(boardOffset ?? 0)}`,
      ),
    );
  } else if (firmware?.kind === 'app') {
    const least = 0x9000;
    check('offset', offset >= least, () =>
      wrongOffset(
        `${hex(offset)} is where bootloader and partition table are: an application goes behind ${hex(least)}`,
      ),
    );
  }
  checkSize(offset + data.length, firmware, chip, check);
  return { data, offset, firmware };
}

function checkSize(end: number, firmware: FirmwareImage | undefined, chip: ChipInfo, check: Check): void {
  const { flashSize, security } = chip;
  // In secure download mode there is no way to ask.
  const fits = flashSize === undefined ? security.secureDownload : end <= flashSize;
  check('size', fits, () => tooSmall(`The images reach up to ${end} bytes`, flashSize));
  if (firmware === undefined || flashSize === undefined) return;
  // Files that are short may be of a firmware that wants more: its bootloader goes by its header and its table.
  for (const { name, offset, size } of firmware.partitions) {
    check('size', offset + size <= flashSize, () =>
      tooSmall(`The image's partition ${name} reaches up to ${offset + size} bytes`, flashSize),
    );
  }
  const expected = firmware.kind === 'app' ? 0 : Number.parseInt(firmware.executable.flash.size) * 0x10_0000;
  check('size', expected <= flashSize, () =>
    tooSmall(`The image is for a flash of ${expected} bytes`, flashSize),
  );
}

function homeOf(firmware: FirmwareImage, chip: ChipInfo): number | undefined {
  return firmware.kind === 'app' ? undefined : chipOfName(chip.chip)?.bootloaderOffset;
}

/**
 * esptool-js 0.7.0 writes an image to a chip that it is not for; may go when its writeFlash compares the header's chip id
 * and revisions with the chip.
 */
function checkFirmware(firmware: FirmwareImage, chip: ChipInfo, check: Check): void {
  check('chip', firmware.chip === chip.chip, () => {
    const meant = firmware.chip ?? `chip id ${firmware.chipId}`;
    return new FlasherError('WRONG_CHIP', `The image is for the ${meant}, the board has an ${chip.chip}`, {
      remedy: `Take the image for the ${chip.chip}`,
    });
  });
  const { minRevision, maxRevision = Infinity } = firmware;
  const { revision } = chip;
  check('revision', revision === undefined || (revision >= minRevision && revision <= maxRevision), () => {
    const limits = `v${version(minRevision)}${maxRevision === Infinity ? ' and later' : ` to v${version(maxRevision)}`}`;
    const what = `The image runs on revision ${limits}, the chip is v${version(revision ?? 0)}`;
    return new FlasherError('WRONG_REVISION', what, {
      remedy: 'Take an image that was built for this revision',
    });
  });
}

function version(revision: number): string {
  return `${Math.floor(revision / 100)}.${revision % 100}`;
}

function damaged(problems: string[]): FlasherError {
  return new FlasherError('IMAGE_DAMAGED', `The image is damaged: ${problems.join('; ')}`, {
    remedy: 'Download it again; what is no firmware image has to be given as type: ‘data’',
  });
}

function wrongOffset(problem: string): FlasherError {
  return new FlasherError('WRONG_OFFSET', problem, {
    remedy: "Leave the offset out for a full image, or give force: ['offset'] if you know better",
  });
}

function tooSmall(problem: string, flashSize: number | undefined): FlasherError {
  const has = flashSize === undefined ? 'could not be read' : `is ${flashSize} bytes`;
  return new FlasherError('FLASH_TOO_SMALL', `${problem}, the flash’s size ${has}`, {
    remedy: 'Take an image for this size of flash, or check the flash’s connection',
  });
}
