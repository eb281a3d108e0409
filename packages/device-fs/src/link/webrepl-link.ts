import { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import { LinkError } from '../errors.ts';
import type { Link } from './link.ts';
import { closeStream } from './stream-link.ts';

const passwordPrompt = 'Password: ';
const welcome = 'WebREPL connected';
const denial = 'Access denied';
/** More than this before the prompt is no WebREPL. */
const mostGreeting = 4096;

/**
 * A board's WebREPL. The password goes over the wire as it is: that is the protocol.
 *
 * @throws LinkError LINK_OPEN, LINK_PASSWORD
 */
export async function openWebRepl(
  url: string,
  password: string | undefined,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Link> {
  // What a board prints comes in text frames, whatever bytes it are.
  const socket = new WebSocket(url, {
    skipUTF8Validation: true,
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
  });
  const stream = new WebReplStream(socket);
  try {
    await logIn(stream, url, password, timeoutMs, signal);
  } catch (error) {
    stream.on('error', () => undefined);
    stream.destroy();
    throw error;
  }
  return { name: url, stream, lineReset: 'none', close: () => closeStream(stream) };
}

function logIn(
  stream: WebReplStream,
  url: string,
  password: string | undefined,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    let sent = false;
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      stream.off('data', onData).off('error', onError).off('close', onClose);
      stream.pause();
      action();
    };
    const fail = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const openError = (what: string, cause?: Error): LinkError =>
      new LinkError(
        'LINK_OPEN',
        `${url} ${what}: is WebREPL set up on the board, and nobody else connected?`,
        { cause },
      );
    const onAbort = (): void => {
      fail(signal?.reason as Error);
    };
    const onError = (cause: Error): void => {
      fail(openError('could not be opened', cause));
    };
    const onClose = (): void => {
      fail(sent ? denied(url) : openError('hung up'));
    };
    const onData = (bytes: Buffer): void => {
      seen += bytes.toString('latin1');
      if (!sent && seen.endsWith(passwordPrompt)) {
        if (password === undefined) {
          fail(new LinkError('LINK_PASSWORD', `${url} wants a password: give it in the option "password"`));
          return;
        }
        sent = true;
        seen = '';
        stream.write(`${password}\r`);
      } else if (sent && seen.includes(welcome)) {
        settle(resolve);
      } else if (sent && seen.includes(denial)) {
        fail(denied(url));
      } else if (seen.length > mostGreeting) {
        fail(openError('does not greet as WebREPL does'));
      }
    };
    const timer = setTimeout(() => {
      fail(openError(`did not let us in within ${timeoutMs} ms`));
    }, timeoutMs);
    stream.on('data', onData).on('error', onError).on('close', onClose);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function denied(url: string): LinkError {
  return new LinkError(
    'LINK_PASSWORD',
    `${url} does not take this password: see webrepl_cfg.py on the board`,
  );
}

/** Bytes over the frames of a WebSocket: text frames, since binary ones start a file transfer. */
class WebReplStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #opened: Promise<void>;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    this.#opened = new Promise((resolve) => {
      socket.once('open', resolve);
    });
    socket.on('message', (data: RawData) => {
      this.push(
        Buffer.isBuffer(data)
          ? data
          : Buffer.concat([data].flat().map((part) => Buffer.from(part as Buffer))),
      );
    });
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      this.push(null);
      this.destroy();
    });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    void this.#opened.then(() => {
      this.#socket.send(chunk, { binary: false }, done);
    });
  }

  override _final(done: () => void): void {
    this.#socket.close();
    done();
  }

  override _read(): void {
    // frames come when they come
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
  }
}
