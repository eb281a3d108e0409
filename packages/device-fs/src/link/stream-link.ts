import { finished, type Duplex } from 'node:stream';
import type { Link } from './link.ts';

/** Any duplex stream as a link. `close()` ends the stream and waits until it is gone. */
export function streamLink(stream: Duplex, name = 'the stream'): Link {
  return { name, stream, lineReset: 'none', close: () => closeStream(stream) };
}

/** What is written still gets out, for up to a second. */
const flushMs = 1000;

export function closeStream(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) {
      resolve();
      return;
    }
    const timer = setTimeout(() => stream.destroy(), flushMs);
    // How it ended does not matter to someone who is done with it.
    stream.on('error', () => undefined);
    finished(stream, { readable: false }, () => {
      clearTimeout(timer);
      stream.destroy();
      resolve();
    });
    stream.end();
  });
}
