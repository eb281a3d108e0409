import { createHash } from 'node:crypto';
import { chipOfName, type ChipName } from '../../src/chips.ts';

export interface ExecutableOptions {
  chip?: ChipName;
  chipId?: number;
  segments?: { address: number; data: Uint8Array }[];
  hash?: boolean;
  minRevision?: number;
  maxRevision?: number;
  /** Starts its first segment with an application's description. */
  version?: string;
}

/** Bytes like those of code: some of it repeats, most does not. */
export function contents(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = index % 3 === 0 ? (state >>> 28) & 7 : state >>> 24;
  }
  return bytes;
}

/** Addresses that lie in each chip's RAM for data, so that esptool has nothing to say about them. */
export const ramOf: Partial<Record<ChipName, number>> = {
  ESP32: 0x3fff_0000,
  'ESP32-S2': 0x3ffc_0000,
  'ESP32-C3': 0x3fcd_0000,
  'ESP32-S3': 0x3fce_0000,
};

function description(version: string): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt32LE(0xabcd_5432, 0);
  bytes.write(version, 16);
  bytes.write('sample', 48);
  bytes.write('12:00:00', 80);
  bytes.write('Jan  1 2026', 96);
  bytes.write('v5.5', 112);
  return bytes;
}

/** An executable in ESP-IDF's image format, made by hand for the tests. */
export function buildExecutable(options: ExecutableOptions = {}): Buffer {
  const { chip = 'ESP32', hash = true, minRevision = 0, maxRevision = 0xffff, version } = options;
  const { chipId = chipOfName(chip)?.imageId ?? 0 } = options;
  const address = ramOf[chip] ?? 0x4080_0000;
  const { segments = [{ address, data: contents(1000) }] } = options;
  const header = Buffer.alloc(24);
  header.set([0xe9, segments.length, 2, 0x20]);
  header.writeUInt32LE(address, 4);
  header[8] = 0xee;
  header.writeUInt16LE(chipId, 12);
  header.writeUInt16LE(minRevision, 15);
  header.writeUInt16LE(maxRevision, 17);
  header[23] = hash ? 1 : 0;
  const parts: Buffer[] = [header];
  let checksum = 0xef;
  for (const [index, segment] of segments.entries()) {
    const start = index === 0 && version !== undefined ? description(version) : Buffer.alloc(0);
    const data = Buffer.concat([start, segment.data]);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(segment.address, 0);
    head.writeUInt32LE(data.length, 4);
    for (const byte of data) checksum ^= byte;
    parts.push(head, data);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const padding = Buffer.alloc(16 - (length % 16));
  padding[padding.length - 1] = checksum;
  const body = Buffer.concat([...parts, padding]);
  return hash ? Buffer.concat([body, createHash('sha256').update(body).digest()]) : body;
}

export interface SamplePartition {
  name: string;
  type: number;
  subtype: number;
  offset: number;
  size: number;
}

const usualPartitions: SamplePartition[] = [
  { name: 'nvs', type: 1, subtype: 2, offset: 0x9000, size: 0x6000 },
  { name: 'phy_init', type: 1, subtype: 1, offset: 0xf000, size: 0x1000 },
  { name: 'factory', type: 0, subtype: 0, offset: 0x1_0000, size: 0x1f_0000 },
  { name: 'vfs', type: 1, subtype: 0x81, offset: 0x20_0000, size: 0x20_0000 },
];

export function buildPartitionTable(partitions: SamplePartition[] = usualPartitions): Buffer {
  const entries = partitions.map(({ name, type, subtype, offset, size }) => {
    const entry = Buffer.alloc(32);
    entry.set([0xaa, 0x50, type, subtype]);
    entry.writeUInt32LE(offset, 4);
    entry.writeUInt32LE(size, 8);
    entry.write(name, 12);
    return entry;
  });
  const checksum = Buffer.alloc(32, 0xff);
  checksum.set([0xeb, 0xeb]);
  createHash('md5').update(Buffer.concat(entries)).digest().copy(checksum, 16);
  const table = Buffer.alloc(0xc00, 0xff);
  Buffer.concat([...entries, checksum]).copy(table);
  return table;
}

export interface FullImageOptions extends ExecutableOptions {
  applicationSize?: number;
  partitions?: SamplePartition[];
  seed?: number;
}

/** Bootloader, partition table and application in one file, laid out as MicroPython's builds are. */
export function buildFullImage(options: FullImageOptions = {}): Buffer {
  const { chip = 'ESP32', applicationSize = 60_000, partitions, seed = 7, ...rest } = options;
  const start = chipOfName(chip)?.bootloaderOffset ?? 0;
  const address = ramOf[chip] ?? 0x4080_0000;
  const bootloader = buildExecutable({ chip, ...rest });
  const half = Math.ceil(applicationSize / 8) * 4;
  const application = buildExecutable({
    chip,
    ...rest,
    version: 'v1.2.3',
    segments: [
      { address, data: contents(half, seed) },
      { address, data: contents(half, seed + 1) },
    ],
  });
  const file = Buffer.alloc(0x1_0000 - start + application.length, 0xff);
  bootloader.copy(file);
  buildPartitionTable(partitions).copy(file, 0x8000 - start);
  application.copy(file, 0x1_0000 - start);
  return file;
}
