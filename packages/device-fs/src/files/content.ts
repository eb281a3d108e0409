import { Readable } from 'node:stream';
import { inTime, type Wait } from '../wait.ts';

/** What a file is to hold: all of it, or piece by piece. */
export type FileData = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

/**
 * The pieces of what a caller gives. A stream may stall: it is given up when the time is over.
 *
 * @throws ReplError REPL_TIMEOUT, or the signal's reason.
 */
export async function* contentOf(data: FileData, wait: Wait): AsyncGenerator<Uint8Array> {
  if (typeof data === 'string' || data instanceof Uint8Array) {
    yield Buffer.from(data as Uint8Array);
    return;
  }
  const pieces = (data as AsyncIterable<Uint8Array | string>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await inTime(pieces.next(), wait);
      if (next.done) return;
      yield Buffer.from(next.value as Uint8Array);
    }
  } finally {
    // As `for await` does; but a stream that has stalled would not answer to that either.
    if (data instanceof Readable) data.destroy();
    else pieces.return?.().catch(() => undefined);
  }
}
