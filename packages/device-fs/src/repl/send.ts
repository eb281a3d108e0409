import type { Duplex } from 'node:stream';
import { LinkError } from '../errors.ts';
import { timeoutError, type Wait } from '../wait.ts';

/**
 * Writes and waits until the stream wants more.
 *
 * @throws LinkError LINK_LOST where the stream is gone, ReplError REPL_TIMEOUT where it takes nothing any more.
 */
export async function send(stream: Duplex, bytes: Uint8Array, wait: Wait): Promise<void> {
  wait.signal?.throwIfAborted();
  if (stream.destroyed || stream.writableEnded) {
    throw new LinkError('LINK_LOST', 'the connection to the board is gone: check the cable, then try again', {
      cause: stream.errored ?? undefined,
    });
  }
  if (stream.write(bytes)) return;
  await drained(stream, wait);
}

function drained(stream: Duplex, wait: Wait): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal } = wait;
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      stream.off('drain', onDrain);
      stream.off('close', onDrain);
      signal?.removeEventListener('abort', onAbort);
      action();
    };
    // A stream that closed says so to the reader, which knows why.
    const onDrain = (): void => {
      settle(resolve);
    };
    const onAbort = (): void => {
      settle(() => {
        reject(signal?.reason as Error);
      });
    };
    const left = wait.endsAt - performance.now();
    const timer = setTimeout(
      () => {
        settle(() => {
          reject(timeoutError({ ...wait, what: 'room for more bytes in the link' }, wait.idleMs < left));
        });
      },
      Math.min(Math.max(0, Math.min(wait.idleMs, left)), 0x7fffffff),
    );
    stream.once('drain', onDrain);
    stream.once('close', onDrain);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
