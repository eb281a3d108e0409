import { GogsIntegrityError, type GogsErrorContext } from '../errors.ts';
import type { Guard } from '../http/guarded-stream.ts';
import type { Expected } from './blob-id.ts';

const start = Buffer.from('version https://git-lfs.github.com/spec/v1');
/** A pointer is shorter than this (Git LFS specification, "The Pointer"). */
const pointerBytes = 1024;

/** Refuses a Git LFS pointer: the file itself is elsewhere, and the API has no way to it. */
export function lfsGuard(expected: Pick<Expected, 'path' | 'size'>, context: GogsErrorContext): Guard {
  let head = Buffer.alloc(0);
  return {
    chunk: (chunk) => {
      if (expected.size >= pointerBytes || head.length >= start.length) return;
      head = Buffer.concat([head, chunk.subarray(0, start.length - head.length)]);
      if (!head.equals(start)) return;
      const message = `${expected.path}: is a Git LFS pointer; the file itself is not in the repository`;
      throw new GogsIntegrityError(message, expected.path, context);
    },
    end: () => undefined,
  };
}
