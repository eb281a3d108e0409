import { genericBoards } from './generic-boards.ts';
import { makerBoards } from './maker-boards.ts';

/** A chip's name as MicroPython's definitions of boards have it. */
export type BoardChip =
  'esp32' | 'esp32s2' | 'esp32s3' | 'esp32c2' | 'esp32c3' | 'esp32c5' | 'esp32c6' | 'esp32h2' | 'esp32p4';

/** A board as MicroPython's definitions have it. */
export interface BoardDefinition {
  /** MicroPython's name, such as `ESP32_GENERIC`. */
  id: string;
  /** Its chip. */
  mcu: BoardChip;
  /** Who makes it. */
  vendor: string;
  /** What the maker calls it. */
  product: string;
  /** As MicroPython's definition lists them, such as `WiFi`. */
  features: readonly string[];
  /** What builds there are besides the plain one, with what they are for. */
  variants: Readonly<Record<string, string>>;
}

/** A board, and what is known of its chip. */
export interface Board extends BoardDefinition {
  /**
   * Where an image goes, in bytes from the start of the flash. From the chip, not from the board's definition: some of
   * those are wrong (a C5 starts at 0x2000 whatever its definition says).
   */
  flashOffset: number;
}

/** ESP-IDF's `CONFIG_BOOTLOADER_OFFSET_IN_FLASH`. */
const offsets: Partial<Record<BoardChip, number>> = {
  esp32: 0x1000,
  esp32s2: 0x1000,
  esp32c5: 0x2000,
  esp32p4: 0x2000,
};

/** The ESP32 boards that MicroPython has a build for. */
export function boards(): Board[] {
  return [...genericBoards, ...makerBoards].map((board) => ({
    ...board,
    flashOffset: offsets[board.mcu] ?? 0,
  }));
}

/** What `guessBoard` wants to know of a chip; `@ota/flasher`'s `ChipInfo` has it. */
export interface ChipFacts {
  /** Such as `ESP32-S3`. */
  chip: string;
  /** As the chip tells them. */
  features?: readonly string[];
  /** In bytes. */
  flashSize?: number | undefined;
  /** Major times 100 plus minor. */
  revision?: number | undefined;
}

/** A board, and the variant that suits the chip where one is needed. */
export interface BoardGuess {
  /** A generic one. */
  board: Board;
  /** `undefined` for the plain build. */
  variant: string | undefined;
}

/**
 * The generic board for a chip. Which maker's board it is on cannot be read from a chip.
 *
 * @returns `undefined` for a chip that MicroPython has no generic build for.
 */
export function guessBoard(chip: ChipFacts): BoardGuess | undefined {
  const mcu = chip.chip.toLowerCase().replaceAll('-', '');
  const id = mcu === 'esp32' ? 'ESP32_GENERIC' : `ESP32_GENERIC_${mcu.slice('esp32'.length).toUpperCase()}`;
  const board = boards().find((candidate) => candidate.id === id);
  if (board === undefined) return undefined;
  return { board, variant: guessVariant(mcu, chip) };
}

const twoMebibytes = 2 * 1024 * 1024;
/** Octal RAM inside an S3 has 8 MiB or more; the quad kind needs no build of its own. */
const octalRam = /Embedded PSRAM (8|16)MB/;

function guessVariant(mcu: string, { features = [], flashSize, revision }: ChipFacts): string | undefined {
  const has = (pattern: RegExp) => features.some((feature) => pattern.test(feature));
  if (mcu === 'esp32' && has(/Single Core/)) return 'UNICORE';
  if (mcu === 'esp32' && flashSize === twoMebibytes && has(/Embedded Flash/)) return 'D2WD';
  if (mcu === 'esp32' && has(/Embedded PSRAM/)) return 'SPIRAM';
  if (mcu === 'esp32s3' && has(octalRam)) return 'SPIRAM_OCT';
  if (mcu === 'esp32c2' && flashSize === twoMebibytes) return 'FLASH_2M';
  if (mcu === 'esp32p4' && revision !== undefined && revision < 300) return 'PRE_REV3';
  return undefined;
}
