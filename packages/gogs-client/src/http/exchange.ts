import { getGlobalDispatcher, type Dispatcher } from 'undici';
import type { Readable } from 'node:stream';
import { GogsNotGogsError, GogsTooLargeError, type GogsErrorContext } from '../errors.ts';
import type { Settings } from '../options.ts';
import { queryText } from '../url.ts';
import type { Deadline } from './deadline.ts';
import type { Endpoint } from './endpoint.ts';
import { networkError } from './network-error.ts';
import { errorOf } from './refusal.ts';

/** An answer with success whose body is still to be read. */
export interface Opened {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
  readonly context: GogsErrorContext;
}

/** Of an answer without success so much is read: enough for Gogs' messages, and its "not found" page is a page. */
const refusalBytes = 64 * 1024;

export function contextOf(
  settings: Settings,
  endpoint: Endpoint,
): Required<Pick<GogsErrorContext, 'method' | 'url'>> {
  return { method: endpoint.method ?? 'GET', url: `${settings.origin}${pathOf(settings, endpoint)}` };
}

/**
 * Sends one request and waits for the head of its answer.
 *
 * @param bodyTimeoutMs how long the body may pause while it is being read; 0 where the deadline covers the body.
 * @throws GogsError for any answer without success. Its body is gone then.
 */
export async function exchange(
  settings: Settings,
  endpoint: Endpoint,
  deadline: Deadline,
  bodyTimeoutMs = 0,
): Promise<Opened> {
  const request = contextOf(settings, endpoint);
  const answer = await send(settings, endpoint, deadline, bodyTimeoutMs).catch((error: unknown) => {
    throw networkError(error, request, settings.secrets);
  });
  const { statusCode: status, headers, body } = answer;
  // Who drops the body does not want to hear what becomes of it.
  body.on('error', () => undefined);
  const context = { ...request, status };
  try {
    if (status < 200 || status > 299) {
      const text = (await readStart(body, deadline)).toString('utf8');
      throw errorOf({ status, headers, text }, endpoint, settings, request);
    }
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      throw new GogsNotGogsError('the answer is compressed, which was not asked for', context);
    }
  } catch (error) {
    body.destroy();
    throw networkError(error, request, settings.secrets);
  }
  return { status, headers, body, context };
}

/** Reads a body to its end. @throws GogsTooLargeError beyond `limit` bytes. */
export async function readAll(opened: Opened, limit: number, deadline: Deadline): Promise<Buffer> {
  const { body, context } = opened;
  const tooLarge = (): GogsTooLargeError =>
    new GogsTooLargeError(`the answer is longer than ${limit} bytes`, limit, context);
  const length = Number(opened.headers['content-length'] ?? 0);
  const read = async (): Promise<Buffer> => {
    if (length > limit) throw tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
    return joined(chunks, size);
  };
  try {
    return await deadline.race(read());
  } finally {
    body.destroy();
  }
}

/** Without a copy where there is nothing to join, as with most answers. */
function joined(chunks: readonly Buffer[], size: number): Buffer {
  return (chunks.length === 1 ? chunks[0] : undefined) ?? Buffer.concat(chunks, size);
}

/** The start of a body; a server that goes on for ever is not listened to. */
async function readStart(body: Readable, deadline: Deadline): Promise<Buffer> {
  const read = async (): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= refusalBytes) break;
    }
    return Buffer.concat(chunks, size);
  };
  return deadline.race(read());
}

async function send(
  settings: Settings,
  endpoint: Endpoint,
  deadline: Deadline,
  bodyTimeoutMs: number,
): Promise<Dispatcher.ResponseData> {
  const { body } = endpoint;
  const isText = typeof body === 'string';
  const type = body === undefined ? undefined : isText ? 'text/plain' : 'application/json';
  const asked = (settings.dispatcher ?? getGlobalDispatcher()).request({
    origin: settings.origin,
    path: pathOf(settings, endpoint),
    method: endpoint.method ?? 'GET',
    headers: { ...settings.headers, ...(type !== undefined && { 'content-type': type }) },
    body: body === undefined ? null : isText ? body : JSON.stringify(body),
    signal: deadline.signal,
    headersTimeout: 0,
    bodyTimeout: bodyTimeoutMs,
  });
  // undici hears of an abort when it is connected, and a foreign dispatcher perhaps never.
  try {
    return await deadline.race(asked);
  } catch (error) {
    void asked.then(
      ({ body: late }) => late.on('error', () => undefined).destroy(),
      () => undefined,
    );
    throw error;
  }
}

function pathOf(settings: Settings, endpoint: Endpoint): string {
  return `${settings.basePath}/api/v1${endpoint.path}${queryText(endpoint.query)}`;
}
