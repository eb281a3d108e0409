import { createHash } from 'node:crypto';
import { ImageError } from './errors.ts';
import { applicationPartitions, partitionTableOffset } from './partition-table.ts';

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

const headerSize = 24;
const magic = 0xe9;
/** `ESP_APP_DESC_MAGIC_WORD`, the first word of an application's first segment; a bootloader has another. */
const applicationMagic = 0xabcd_5432;

/**
 * Checks that a file is a whole image for a chip: bootloader, partition table, and the application at the place that the
 * table has for it, each with its checksums.
 *
 * @param offset - where its first byte goes in the flash.
 * @throws ImageError IMAGE_DAMAGED, IMAGE_APP_ONLY.
 */
export function checkImage(file: Uint8Array, mcu: string, offset: number): void {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const chipId = chipIds[mcu];
  checkPart(bytes, 'bootloader', chipId);
  if (bytes.length >= headerSize + 12 && bytes.readUInt32LE(headerSize + 8) === applicationMagic) {
    throw new ImageError(
      'IMAGE_APP_ONLY',
      'the image is an application alone, without bootloader and partition table: take the .bin, not the .app-bin',
    );
  }
  const table = applicationPartitions(bytes.subarray(partitionTableOffset - offset));
  if ('problem' in table) throw damaged('partition table', table.problem);
  const [first, ...others] = table;
  if (first === undefined) throw damaged('partition table', 'has no place for an application');
  for (const partition of [first, ...others]) {
    const start = partition.offset - offset;
    if (start < partitionTableOffset - offset)
      throw damaged('partition table', 'has an application before itself');
    // Of several partitions (those of the OTA variant) a build fills the first.
    if (partition !== first && bytes[start] !== magic) continue;
    const name = `application in ${partition.name}`;
    const size = checkPart(bytes.subarray(start), name, chipId);
    if (size > partition.size) throw damaged(name, `is larger than its partition (${partition.size} bytes)`);
  }
}

/** @returns how long the part is, in bytes. */
function checkPart(bytes: Buffer, name: string, chipId: number | undefined): number {
  if (bytes.length < headerSize || bytes[0] !== magic) throw damaged(name, 'is not there');
  const found = bytes.readUInt16LE(12);
  if (found !== chipId) throw damaged(name, `is for another chip (id ${found}, not ${chipId ?? 'known'})`);
  let position = headerSize;
  let checksum = 0xef;
  for (let index = 0; index < bytes.readUInt8(1); index += 1) {
    const size = position + 8 <= bytes.length ? bytes.readUInt32LE(position + 4) : Infinity;
    position += 8 + size;
    if (position >= bytes.length) throw damaged(name, 'is cut short');
    for (const byte of bytes.subarray(position - size, position)) checksum ^= byte;
  }
  const end = position + 16 - (position % 16);
  const isHashed = bytes[23] === 1;
  const size = end + (isHashed ? 32 : 0);
  if (size > bytes.length) throw damaged(name, 'is cut short');
  if (bytes[end - 1] !== checksum) throw damaged(name, 'does not match its checksum');
  const digest = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (isHashed && !digest.equals(bytes.subarray(end, end + 32)))
    throw damaged(name, 'does not match its SHA-256');
  return size;
}

function damaged(part: string, problem: string): ImageError {
  return new ImageError('IMAGE_DAMAGED', `the image's ${part} ${problem}: get it again, for this board`);
}
