import { createHash, type Hash } from 'node:crypto';
import { GogsIntegrityError, type GogsErrorContext } from '../errors.ts';
import type { Guard } from '../http/guarded-stream.ts';

/** The id Git gives a file: SHA-1 of `blob <size>\0` and its bytes. */
export function blobId(content: Uint8Array): string {
  return hashOf(content.length).update(content).digest('hex');
}

/** A blob's hash before its first byte. The size has to be known then. */
export function hashOf(size: number): Hash {
  return createHash('sha1').update(`blob ${size}\0`);
}

export interface Expected {
  readonly path: string;
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
}

/** Lets a body end well only if it is the expected blob, and stops it as soon as it is too long. */
export function blobGuard(expected: Expected, context: GogsErrorContext): Guard {
  const hash = hashOf(expected.size);
  let received = 0;
  const wrong = (problem: string): GogsIntegrityError =>
    new GogsIntegrityError(`${expected.path}: ${problem}`, expected.path, context);
  return {
    chunk: (chunk) => {
      received += chunk.length;
      if (received > expected.size) throw wrong(`is longer than its ${expected.size} bytes`);
      hash.update(chunk);
    },
    end: () => {
      if (received < expected.size) throw wrong(`ended after ${received} of ${expected.size} bytes`);
      const actual = hash.digest('hex');
      if (actual !== expected.blob) throw wrong(`has blob id ${actual}, not ${expected.blob}`);
    },
  };
}

/** @throws GogsIntegrityError unless the bytes are the expected blob. */
export function checkBlob(content: Buffer, expected: Expected, context: GogsErrorContext = {}): Buffer {
  const guard = blobGuard(expected, context);
  guard.chunk(content);
  guard.end();
  return content;
}
