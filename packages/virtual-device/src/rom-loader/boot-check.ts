import { createHash } from 'node:crypto';
import type { ChipModel } from './chip-models.ts';
import { partitionTableOffset, readPartitions, type FlashPartition } from './partitions.ts';

const imageMagic = 0xe9;
const imageHeaderSize = 24;
const mostSegments = 16;

/**
 * Goes the way of a chip that starts from flash: its ROM takes the bootloader, the bootloader the partition table and
 * the first application in it (ESP-IDF, "App Image Format", "Partition Tables", "Bootloader"). The bootloader believes
 * its own header as to how large the flash is; the application then looks at the flash itself.
 *
 * @returns what the chip says where it gets stuck, or `undefined` if it starts the application.
 */
export function bootFailure(flash: Uint8Array, chip: ChipModel): string | undefined {
  const bootloader = checkExecutable(flash, chip.bootloaderOffset);
  if (bootloader !== undefined) return romWords(flash, chip, bootloader);
  const partitions = readPartitions(flash);
  if (partitions === undefined) {
    return lines(
      `E (60) flash_parts: partition 0 invalid magic number 0x${word(flash, partitionTableOffset, 2)}`,
      'E (66) boot: load partition table error!',
    );
  }
  const headerSize = flashSizeInHeader(flash, chip.bootloaderOffset);
  const index = partitions.findIndex(({ offset, size }) => offset + size > headerSize);
  if (index >= 0) return tableFailure(partitions, index, headerSize);
  const application = partitions.find(({ type }) => type === 0);
  if (application === undefined)
    return lines('E (70) boot: No bootable app partitions in the partition table');
  const failure = checkExecutable(flash, application.offset) ?? checkChip(flash, application.offset, chip);
  if (failure === undefined) return headerSize > flash.length ? probeFailure(headerSize, flash) : undefined;
  return lines(
    `E (80) esp_image: ${failure}`,
    'E (86) boot: Factory app partition is not bootable',
    'E (92) boot: No bootable app partitions in the partition table',
  );
}

/** The upper half of the header's fourth byte: the power of two, from 1 MiB. */
function flashSizeInHeader(flash: Uint8Array, bootloaderOffset: number): number {
  return 2 ** ((flash[bootloaderOffset + 3] ?? 0) >> 4) * 0x10_0000;
}

function tableFailure(partitions: readonly FlashPartition[], index: number, flashSize: number): string {
  const { offset = 0, size = 0 } = partitions[index] ?? {};
  const [at, long, has] = [offset, size, flashSize].map((value) => `0x${value.toString(16)}`);
  return lines(
    `E (60) flash_parts: partition ${index} invalid - offset ${at} size ${long} exceeds flash chip size ${has}`,
    'E (66) boot: Failed to verify partition table',
    'E (70) boot: load partition table error!',
  );
}

/** The application has begun, looks at the flash's own id and stops. */
function probeFailure(expected: number, flash: Uint8Array): string {
  const kib = (bytes: number) => `${bytes / 1024}k`;
  return lines(
    `E (90) spi_flash: Detected size(${kib(flash.length)}) smaller than the size in the binary image header(${kib(expected)}). Probe failed.`,
    'assert failed: do_core_init (flash_ret == ESP_OK)',
  );
}

/** The ROM tries again and again, by its watchdog; three times are enough to be seen. */
function romWords(flash: Uint8Array, chip: ChipModel, failure: string): string {
  const isImage = flash[chip.bootloaderOffset] === imageMagic;
  const text = isImage ? failure : `invalid header: 0x${word(flash, chip.bootloaderOffset, 4)}`;
  return lines(text, text, text);
}

/** Header, segments, checksum and, for an image that has one, the SHA-256. */
function checkExecutable(flash: Uint8Array, offset: number): string | undefined {
  const bytes = flash.subarray(offset);
  const where = `image at 0x${offset.toString(16)}`;
  if (bytes[0] !== imageMagic) return `${where} has invalid magic byte (nothing flashed here?)`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint8(1);
  if (count === 0 || count > mostSegments)
    return `${where} segment count ${count} exceeds max ${mostSegments}`;
  let position = imageHeaderSize;
  let checksum = 0xef;
  for (let index = 0; index < count; index += 1) {
    const start = position + 8;
    const end = start <= bytes.length ? start + view.getUint32(position + 4, true) : Infinity;
    if (end > bytes.length) return `Segment ${index} of the ${where} does not fit the flash`;
    for (const byte of bytes.subarray(start, end)) checksum ^= byte;
    position = end;
  }
  const checksumAt = position + 15 - (position % 16);
  if (bytes[checksumAt] !== checksum) {
    return `Checksum failed. Calculated 0x${checksum.toString(16)} read 0x${(bytes[checksumAt] ?? 0).toString(16)}`;
  }
  if (view.getUint8(23) !== 1) return undefined;
  const hashAt = checksumAt + 1;
  const digest = createHash('sha256').update(bytes.subarray(0, hashAt)).digest();
  return digest.equals(bytes.subarray(hashAt, hashAt + 32))
    ? undefined
    : 'Image hash failed - image is corrupt';
}

function checkChip(flash: Uint8Array, offset: number, chip: ChipModel): string | undefined {
  const found = (flash[offset + 12] ?? 0) | ((flash[offset + 13] ?? 0) << 8);
  return found === chip.chipId ? undefined : `mismatch chip ID, expected ${chip.chipId}, found ${found}`;
}

function word(flash: Uint8Array, offset: number, size: number): string {
  return Buffer.from(flash.slice(offset, offset + size).reverse()).toString('hex');
}

function lines(...text: string[]): string {
  return text.map((line) => `${line}\r\n`).join('');
}
