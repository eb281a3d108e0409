import { setTimeout as sleep } from 'node:timers/promises';
import { ProxyAgent, fetch, type Dispatcher, type Response } from 'undici';
import { ImageError } from './errors.ts';

/** How long a download may take, and whom it tells. */
export interface DownloadOptions {
  /** Of an HTTP proxy, such as `http://proxy:3128`; user and password may stand before the host. */
  proxy?: string | undefined;
  /** How often to go on after a connection that broke or a server that is busy. @default 3 */
  retries?: number | undefined;
  /** Called as bytes come; `total` is unknown where the server does not say. */
  onProgress?: ((progress: { done: number; total: number | undefined }) => void) | undefined;
  /** Ends the download; what has come is not kept. */
  signal?: AbortSignal | undefined;
  /** How long to wait before the first of them, in milliseconds; twice as long before each further one. @default 200 */
  pauseMs?: number | undefined;
  /** How long the server may be silent, in milliseconds. @default 30000 */
  silenceMs?: number | undefined;
  /** How long it may take in all, in milliseconds. @default 600000 */
  timeoutMs?: number | undefined;
}

/** No build of MicroPython comes near it: what is larger is something else, or has no end. */
const mostBytes = 64 * 1024 * 1024;
/** Request Timeout, Range Not Satisfiable (the file has changed), Too Early, Too Many Requests: worth another try. */
const passing = new Set([408, 416, 425, 429]);

/**
 * Gets a file, going on where a connection broke if the server can do that and the file is still the same.
 *
 * @param url - user and password in it are sent as Basic authorization, and are in no error.
 * @throws ImageError IMAGE_DOWNLOAD; TypeError for an address that is none; the reason of an aborted signal.
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<Buffer> {
  const { proxy, retries = 3, pauseMs = 200, signal, timeoutMs = 600_000 } = options;
  const { address, authorization } = withoutPassword(url);
  const dispatcher = proxy === undefined ? undefined : proxyAgent(proxy);
  const deadline = AbortSignal.timeout(timeoutMs);
  const ends = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
  const received: Received = { chunks: [], length: 0, validator: undefined };
  const request = { address, authorization, dispatcher, received };
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        ends.throwIfAborted();
        await receive(request, { ...options, signal: ends });
        return Buffer.concat(received.chunks);
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof ImageError) throw cause;
        if (!(attempt < retries) || deadline.aborted) {
          const within = deadline.aborted ? ` within ${timeoutMs} ms` : '';
          const message = `${address} did not come through${within}: check the network, or give a file downloaded by hand`;
          throw new ImageError('IMAGE_DOWNLOAD', message, { cause });
        }
        // Ended early, the next round says why.
        await sleep(pauseMs * 2 ** attempt, undefined, { signal: ends }).catch(() => undefined);
      }
    }
  } finally {
    // Not `close`: that waits for a connection that never comes about.
    await dispatcher?.destroy();
  }
}

interface Received {
  chunks: Buffer[];
  length: number;
  /** What the server says the file is now; without it nothing can be gone on with. */
  validator: string | undefined;
}

interface Request {
  readonly address: string;
  readonly authorization: string | undefined;
  readonly dispatcher: Dispatcher | undefined;
  readonly received: Received;
}

async function receive(
  { address, authorization, dispatcher, received }: Request,
  { onProgress, signal, silenceMs = 30_000 }: DownloadOptions & { signal: AbortSignal },
): Promise<void> {
  const silence = new AbortController();
  let timer = watch(silence, silenceMs);
  try {
    const { validator, length } = received;
    const isGoingOn = length > 0 && validator !== undefined;
    const response = await fetch(address, {
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(isGoingOn && { range: `bytes=${length}-`, 'if-range': validator }),
      },
      ...(dispatcher && { dispatcher }),
      signal: AbortSignal.any([silence.signal, signal]),
    });
    let total: number | undefined;
    try {
      total = begin(address, response, received);
    } catch (error) {
      // What nobody reads would hold its connection.
      await response.body?.cancel();
      throw error;
    }
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = watch(silence, silenceMs);
      received.chunks.push(Buffer.from(chunk as Uint8Array));
      received.length += (chunk as Uint8Array).length;
      if (received.length > mostBytes)
        throw new ImageError('IMAGE_DOWNLOAD', `${address} is too large for an image`);
      onProgress?.({ done: received.length, total });
    }
    if (total !== undefined && received.length !== total)
      throw new Error(`${received.length} of ${total} bytes came`);
  } finally {
    clearTimeout(timer);
  }
}

/** @returns how long the file is in all, where the server says. */
function begin(address: string, response: Response, received: Received): number | undefined {
  const { status, headers } = response;
  const isResumed = status === 206 && headers.get('content-range')?.startsWith(`bytes ${received.length}-`);
  if (!isResumed) {
    received.chunks = [];
    received.length = 0;
    const etag = headers.get('etag');
    received.validator = etag?.startsWith('W/') === false ? etag : undefined;
  }
  if (status >= 500 || passing.has(status)) throw new Error(`the server answered ${status}`);
  if (!response.ok) throw new ImageError('IMAGE_DOWNLOAD', `${address}: the server answered ${status}`);
  if (status === 206 && !isResumed) throw new Error('the server sent another part than was asked for');
  if (address.startsWith('https:') && !response.url.startsWith('https:')) {
    throw new ImageError('IMAGE_DOWNLOAD', `${address} redirects to http, where anybody may change it`);
  }
  const length = headers.get('content-length');
  // What is compressed on the way has another length there.
  const isPlain = headers.get('content-encoding') === null;
  return length === null || !isPlain ? undefined : received.length + Number(length);
}

function watch(silence: AbortController, ms: number): NodeJS.Timeout {
  return setTimeout(() => {
    silence.abort(new Error(`the server said nothing for ${ms} ms`));
  }, ms);
}

/** `fetch` takes no address with a password, and neither should an error. */
function withoutPassword(url: string): { address: string; authorization: string | undefined } {
  const parsed = parse(url, 'mirror');
  const user = decodeURIComponent(parsed.username);
  const password = decodeURIComponent(parsed.password);
  parsed.username = '';
  parsed.password = '';
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  return { address: parsed.href, authorization: user || password ? `Basic ${credentials}` : undefined };
}

function proxyAgent(proxy: string): ProxyAgent {
  return new ProxyAgent(parse(proxy, 'proxy').href);
}

/** The address itself stays out of the message: it may hold a password. */
function parse(address: string, option: string): URL {
  if (/^https?:/.test(address) && URL.canParse(address)) return new URL(address);
  throw new TypeError(`${option} must be an address that begins with http:// or https://`);
}
