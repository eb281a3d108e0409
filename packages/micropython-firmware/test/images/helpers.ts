import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

function executable(chipId: number, size: number): Buffer {
  const header = Buffer.alloc(24);
  header.set([0xe9, 1, 2, 0x20]);
  header.writeUInt16LE(chipId, 12);
  header[23] = 1;
  const data = Buffer.alloc(size, 'some code ');
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x3fff_0000, 0);
  head.writeUInt32LE(size, 4);
  const length = 24 + 8 + size;
  const padding = Buffer.alloc(16 - (length % 16));
  padding[padding.length - 1] = data.reduce((sum, byte) => sum ^ byte, 0xef);
  const body = Buffer.concat([header, head, data, padding]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** A file like a build of MicroPython for an ESP32: a bootloader for 0x1000 and an application for 0x10000. */
export function sampleImage(chipId = 0, offset = 0x1000, size = 40_000): Buffer {
  const file = Buffer.alloc(0x1_0000 - offset, 0xff);
  executable(chipId, 2000).copy(file);
  return Buffer.concat([file, executable(chipId, size)]);
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
