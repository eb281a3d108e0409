import { createHash } from 'node:crypto';

/** A bootloader for an ESP32 in ESP-IDF's image format: the smallest thing that has a place of its own in the flash. */
export function bootloader(size: number): Buffer {
  const header = Buffer.alloc(24);
  header.set([0xe9, 1, 2, 0x20]);
  header.writeUInt16LE(0xffff, 17); // newest revision: any
  header[23] = 1; // a SHA-256 follows
  const data = Buffer.from(Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x3fff_0000, 0);
  head.writeUInt32LE(size, 4);
  const padding = Buffer.alloc(16 - ((32 + size) % 16));
  padding[padding.length - 1] = data.reduce((sum, byte) => sum ^ byte, 0xef);
  const body = Buffer.concat([header, head, data, padding]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}
