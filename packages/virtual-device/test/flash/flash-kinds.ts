import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Flash } from '../../src/flash/flash.ts';
import type { FlashOptions } from '../../src/flash/flash-types.ts';

/** A directory that is gone when the test is over. */
export function temporaryDirectory(): string {
  const root = mkdtempSync(join(tmpdir(), 'ota-flash-'));
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  return root;
}

/** Every kind of flash, for tests that hold for all of them. */
export const flashKinds: { kind: string; make: (options?: FlashOptions) => Flash }[] = [
  { kind: 'memory', make: (options) => Flash.memory(options) },
  { kind: 'directory', make: (options) => Flash.directory(temporaryDirectory(), options) },
];

/** What a driver does for `open(path, 'wb').write(data)` and `close()`. */
export function save(flash: Flash, path: string, data: string): void {
  const handle = flash.open(path, { create: true, truncate: true });
  flash.write(handle, 0, Buffer.from(data));
  flash.close(handle);
}

/** All that a handle sees, as text. */
export function readAll(flash: Flash, handle: number): string {
  const bytes = Buffer.alloc(flash.size(handle));
  return bytes.toString('utf8', 0, flash.read(handle, 0, bytes));
}

/** The errno that a call throws, or `undefined` if it throws none. */
export function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return Number(error.errno);
    throw error;
  }
}
