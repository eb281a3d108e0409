import { createHash } from 'node:crypto';
import { ImageError } from './errors.ts';

/** Image ids of ESP-IDF (`esp_chip_id_t`). */
const chipIds: Record<string, number> = {
  esp32: 0,
  esp32s2: 2,
  esp32c3: 5,
  esp32s3: 9,
  esp32c2: 12,
  esp32c6: 13,
  esp32h2: 16,
  esp32p4: 18,
  esp32c5: 23,
};

const application = 0x1_0000;

/**
 * Checks that a file is a whole image for a chip: bootloader and application with their checksums and SHA-256.
 *
 * @param offset - where its first byte goes in the flash.
 * @throws ImageError IMAGE_DAMAGED.
 */
export function checkImage(file: Uint8Array, mcu: string, offset: number): void {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  checkPart(bytes, 0, 'bootloader', chipIds[mcu]);
  checkPart(bytes, application - offset, 'application', chipIds[mcu]);
}

function checkPart(file: Buffer, start: number, name: string, chipId: number | undefined): void {
  const damaged = (problem: string) => new ImageError('IMAGE_DAMAGED', `the image's ${name} ${problem}`);
  const bytes = file.subarray(start);
  if (bytes.length < 24 || bytes[0] !== 0xe9) throw damaged('is not there');
  const found = bytes.readUInt16LE(12);
  if (found !== chipId) throw damaged(`is for another chip (id ${found}, not ${chipId ?? 'known'})`);
  let position = 24;
  let checksum = 0xef;
  for (let index = 0; index < bytes.readUInt8(1); index += 1) {
    const size = position + 8 <= bytes.length ? bytes.readUInt32LE(position + 4) : Infinity;
    position += 8 + size;
    if (position >= bytes.length) throw damaged('is cut short');
    for (const byte of bytes.subarray(position - size, position)) checksum ^= byte;
  }
  const end = position + 16 - (position % 16);
  const isHashed = bytes[23] === 1;
  if (end + (isHashed ? 32 : 0) > bytes.length) throw damaged('is cut short');
  if (bytes[end - 1] !== checksum) throw damaged('does not match its checksum');
  const digest = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (isHashed && !digest.equals(bytes.subarray(end, end + 32))) throw damaged('does not match its SHA-256');
}
