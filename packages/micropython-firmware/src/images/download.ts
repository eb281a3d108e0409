import { ProxyAgent, fetch, type Dispatcher, type Response } from 'undici';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImageError } from './errors.ts';

export interface DownloadOptions {
  /** Of an HTTP proxy, such as `http://proxy:3128`. */
  proxy?: string | undefined;
  /** How often to go on after a connection that broke. @default 3 */
  retries?: number;
  onProgress?: ((progress: { done: number; total: number | undefined }) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** How long the server may be silent, in milliseconds. @default 30000 */
  silenceMs?: number;
}

/** No build of MicroPython comes near it: what is larger is something else, or has no end. */
const mostBytes = 64 * 1024 * 1024;
const pauseMs = 200;

/**
 * Gets a file, going on where a connection broke if the server can do that and the file is still the same.
 *
 * @throws ImageError IMAGE_DOWNLOAD; the reason of an aborted signal.
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<Buffer> {
  const { proxy, retries = 3, signal } = options;
  const dispatcher = proxy === undefined ? undefined : new ProxyAgent(proxy);
  const received: Received = { chunks: [], length: 0, validator: undefined };
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await receive(url, received, dispatcher, options);
        return Buffer.concat(received.chunks);
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof ImageError) throw cause;
        if (attempt === retries) {
          const message = `${url} did not come through: check the network, or give a file downloaded by hand`;
          throw new ImageError('IMAGE_DOWNLOAD', message, { cause });
        }
        await sleep(pauseMs * 2 ** attempt, undefined, signal && { signal }).catch(() =>
          signal?.throwIfAborted(),
        );
      }
    }
  } finally {
    await dispatcher?.close();
  }
}

interface Received {
  chunks: Buffer[];
  length: number;
  /** What the server says the file is now; without it nothing can be gone on with. */
  validator: string | undefined;
}

async function receive(
  url: string,
  received: Received,
  dispatcher: Dispatcher | undefined,
  { onProgress, signal, silenceMs = 30_000 }: DownloadOptions,
): Promise<void> {
  const silence = new AbortController();
  const ends = signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal]);
  let timer = watch(silence, silenceMs);
  try {
    const { validator, length } = received;
    const isGoingOn = length > 0 && validator !== undefined;
    const response = await fetch(url, {
      ...(isGoingOn && { headers: { range: `bytes=${length}-`, 'if-range': validator } }),
      ...(dispatcher && { dispatcher }),
      signal: ends,
    });
    const total = begin(url, response, received);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = watch(silence, silenceMs);
      received.chunks.push(Buffer.from(chunk as Uint8Array));
      received.length += (chunk as Uint8Array).length;
      if (received.length > mostBytes)
        throw new ImageError('IMAGE_DOWNLOAD', `${url} is too large for an image`);
      onProgress?.({ done: received.length, total });
    }
    if (total !== undefined && received.length !== total)
      throw new Error(`${received.length} of ${total} bytes came`);
  } finally {
    clearTimeout(timer);
  }
}

/** @returns how long the file is in all, where the server says. */
function begin(url: string, response: Response, received: Received): number | undefined {
  if (response.status >= 500) throw new Error(`the server answered ${response.status}`);
  if (!response.ok) throw new ImageError('IMAGE_DOWNLOAD', `${url}: the server answered ${response.status}`);
  if (response.status !== 206) {
    received.chunks = [];
    received.length = 0;
    const etag = response.headers.get('etag');
    received.validator = etag?.startsWith('W/') === false ? etag : undefined;
  }
  const length = response.headers.get('content-length');
  // What is compressed on the way has another length there.
  const isPlain = response.headers.get('content-encoding') === null;
  return length === null || !isPlain ? undefined : received.length + Number(length);
}

function watch(silence: AbortController, ms: number): NodeJS.Timeout {
  return setTimeout(() => {
    silence.abort(new Error(`the server said nothing for ${ms} ms`));
  }, ms);
}
