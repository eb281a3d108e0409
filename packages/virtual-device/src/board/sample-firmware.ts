import { createHash } from 'node:crypto';
import { chipModels, type EspChip } from '../rom-loader/chip-models.ts';
import { partitionTableOffset } from '../rom-loader/partitions.ts';

/** What the image says that it is. */
export interface SampleFirmwareOptions {
  /** @default 'esp32' */
  chip?: EspChip;
  /** What the application is made of. @default 64 KiB of bytes that are the same every time */
  contents?: Uint8Array;
  /** @default 'v1.27.0' */
  version?: string;
}

const applicationOffset = 0x1_0000;
const applicationAddress = 0x3f40_0020;

/** As in MicroPython's builds for 4 MiB of flash. */
const partitions = [
  { name: 'nvs', type: 1, subtype: 0x02, offset: 0x9000, size: 0x6000 },
  { name: 'phy_init', type: 1, subtype: 0x01, offset: 0xf000, size: 0x1000 },
  { name: 'factory', type: 0, subtype: 0x00, offset: applicationOffset, size: 0x1f_0000 },
  { name: 'vfs', type: 1, subtype: 0x81, offset: 0x20_0000, size: 0x20_0000 },
];

/**
 * A firmware file that the simulated chip boots and a real one does not: bootloader, partition table and application in
 * Espressif's formats, with checksums and SHA-256, laid out as MicroPython's `.bin` files are. It belongs at the chip's
 * bootloader offset.
 */
export function sampleFirmware(options: SampleFirmwareOptions = {}): Uint8Array {
  const { chip = 'esp32', contents = sampleBytes(0x1_0000), version = 'v1.27.0' } = options;
  const { bootloaderOffset, chipId } = chipModels[chip];
  const bootloader = executable(chipId, sampleBytes(16_000));
  const application = executable(chipId, Buffer.concat([description(version), contents]));
  const file = Buffer.alloc(applicationOffset - bootloaderOffset + application.length, 0xff);
  bootloader.copy(file);
  partitionTable().copy(file, partitionTableOffset - bootloaderOffset);
  application.copy(file, applicationOffset - bootloaderOffset);
  return file;
}

function executable(chipId: number, data: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil(data.length / 4) * 4);
  padded.set(data);
  const header = Buffer.alloc(32);
  // One segment, DIO, 4 MiB at 40 MHz, a SHA-256 at the end.
  header.set([0xe9, 1, 2, 0x20]);
  header.writeUInt32LE(applicationAddress, 4);
  header[8] = 0xee;
  header.writeUInt16LE(chipId, 12);
  header.writeUInt16LE(0xffff, 17);
  header[23] = 1;
  header.writeUInt32LE(applicationAddress, 24);
  header.writeUInt32LE(padded.length, 28);
  const end = Buffer.alloc(16 - ((header.length + padded.length) % 16));
  end[end.length - 1] = padded.reduce((sum, byte) => sum ^ byte, 0xef);
  const body = Buffer.concat([header, padded, end]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** `esp_app_desc_t`. */
function description(version: string): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt32LE(0xabcd_5432, 0);
  bytes.write(version, 16);
  bytes.write('micropython', 48);
  bytes.write('12:00:00', 80);
  bytes.write('Jan  1 2026', 96);
  bytes.write('v5.5', 112);
  return bytes;
}

function partitionTable(): Buffer {
  const entries = partitions.map(({ name, type, subtype, offset, size }) => {
    const entry = Buffer.alloc(32);
    entry.set([0xaa, 0x50, type, subtype]);
    entry.writeUInt32LE(offset, 4);
    entry.writeUInt32LE(size, 8);
    entry.write(name, 12);
    return entry;
  });
  const digest = Buffer.alloc(32, 0xff);
  digest.set([0xeb, 0xeb]);
  createHash('md5').update(Buffer.concat(entries)).digest().copy(digest, 16);
  return Buffer.concat([...entries, digest]);
}

/** Something between text and noise, as machine code is, the same every time. */
function sampleBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = index % 3 === 0 ? (state >>> 28) & 7 : state >>> 24;
  }
  return bytes;
}
