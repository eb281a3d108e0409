import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An executable in ESP-IDF's image format, of one segment. */
export function executable(chipId: number, size: number, start: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(24);
  header.set([0xe9, 1, 2, 0x20]);
  header.writeUInt16LE(chipId, 12);
  header[23] = 1;
  const data = Buffer.concat([start, Buffer.alloc(size, 'some code ')]);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x3fff_0000, 0);
  head.writeUInt32LE(data.length, 4);
  const length = 24 + 8 + data.length;
  const padding = Buffer.alloc(16 - (length % 16));
  padding[padding.length - 1] = data.reduce((sum, byte) => sum ^ byte, 0xef);
  const body = Buffer.concat([header, head, data, padding]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** As it goes into a partition (`.app-bin`): its first segment starts with ESP-IDF's description of an application. */
export function application(chipId: number, size: number): Buffer {
  const description = Buffer.alloc(256);
  description.writeUInt32LE(0xabcd_5432, 0);
  return executable(chipId, size, description);
}

export interface SamplePartition {
  name: string;
  /** 0 is an application, 1 is data. */
  type: number;
  offset: number;
  size: number;
}

const usual: SamplePartition[] = [
  { name: 'nvs', type: 1, offset: 0x9000, size: 0x6000 },
  { name: 'factory', type: 0, offset: 0x1_0000, size: 0x1f_0000 },
];

export function partitionTable(partitions: SamplePartition[]): Buffer {
  const entries = partitions.map(({ name, type, offset, size }) => {
    const entry = Buffer.alloc(32);
    entry.set([0xaa, 0x50, type, 0]);
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

export interface SampleImage {
  size?: number;
  table?: Buffer;
  /** Where the application is, in the flash. */
  at?: number;
}

/** A file like a build of MicroPython: bootloader, partition table, application. */
export function sampleImage(chipId = 0, offset = 0x1000, sample: SampleImage = {}): Buffer {
  const { size = 40_000, table = partitionTable(usual), at = 0x1_0000 } = sample;
  const file = Buffer.alloc(at - offset, 0xff);
  executable(chipId, 2000).copy(file);
  table.copy(file, 0x8000 - offset);
  return Buffer.concat([file, application(chipId, size)]);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ota-images-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

/** A web server on this machine. @returns its address. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;
}
