import { VirtualDeviceError } from '../errors.ts';

/**
 * MicroPython's WebAssembly memory, made shareable between threads.
 *
 * The port has no way to be interrupted from outside: a program that only computes never calls out. In shared memory the
 * main thread can set MicroPython's pending exception while the worker computes, which is what an interrupt handler does on
 * a board, and it can put received bytes straight into Python's buffers. Ordinary loads and stores are the same on shared
 * memory, so only the flag in the module's memory section changes (WebAssembly core specification, binary format, limits:
 * 0x01 = has a maximum, 0x03 = has a maximum and is shared).
 */
export function shareMemory(wasm: Uint8Array): Uint8Array {
  const memorySectionId = 5;
  const patched = Uint8Array.from(wasm);
  let position = 8; // past the magic number and the version
  while (position < patched.length) {
    const id = patched[position];
    const [length, start] = readUnsignedLeb(patched, position + 1);
    if (id === memorySectionId) {
      if (patched[start] === 1 && patched[start + 1] === 1) {
        patched[start + 1] = 3;
        return patched;
      }
      break;
    }
    position = start + length;
  }
  throw new VirtualDeviceError(
    'MICROPYTHON_BUILD',
    'This MicroPython build has no memory section with one bounded memory; use a version that the README lists.',
  );
}

/** @returns the value and the position after it. */
function readUnsignedLeb(bytes: Uint8Array, position: number): [value: number, next: number] {
  let value = 0;
  let shift = 0;
  let next = position;
  for (;;) {
    const byte = bytes[next++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return [value >>> 0, next];
    shift += 7;
  }
}
