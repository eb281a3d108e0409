import type { z } from 'zod';
import type { GogsError } from '../errors.ts';
import { GogsNotGogsError, type GogsErrorContext } from '../errors.ts';
import { positive, type CallOptions, type Settings } from '../options.ts';
import { Deadline } from './deadline.ts';
import type { Endpoint } from './endpoint.ts';
import { contextOf, exchange, readAll, type Opened } from './exchange.ts';
import { GuardedStream, type Guard } from './guarded-stream.ts';
import { networkError } from './network-error.ts';
import { redact } from './redact.ts';
import { withRetries } from './retry.ts';

/** An answer in memory. */
interface Answer {
  readonly headers: Opened['headers'];
  readonly bytes: Buffer;
  readonly context: GogsErrorContext;
}

/** What endpoints ask of the network. */
export interface Http {
  readonly settings: Settings;
  /** @throws GogsNotGogsError where the answer does not have the shape. */
  json<T>(shape: z.ZodType<T>, endpoint: Endpoint, options?: CallOptions): Promise<T>;
  /** One page of a list, and whether Gogs has another. */
  page<T>(
    shape: z.ZodType<T>,
    endpoint: Endpoint,
    options?: CallOptions,
  ): Promise<{ value: T; hasNext: boolean }>;
  text(endpoint: Endpoint, options?: CallOptions): Promise<string>;
  /** For answers that have nothing to say. */
  done(endpoint: Endpoint, options?: CallOptions): Promise<void>;
  /** Settles when the answer begins. The call's deadline ends there; from then on a pause may be that long. */
  stream(
    endpoint: Endpoint,
    guards: (opened: Opened) => readonly Guard[],
    options?: CallOptions,
  ): Promise<GuardedStream>;
}

/** The client's one way to the network. */
export function createHttp(settings: Settings): Http {
  async function call<T>(
    endpoint: Endpoint,
    options: CallOptions,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const timeoutMs = positive('timeoutMs', options.timeoutMs ?? settings.timeoutMs);
    const request = contextOf(settings, endpoint);
    const deadline = new Deadline(timeoutMs, [options.signal, settings.signal]);
    try {
      return await withRetries(request.method, settings.retry, deadline, () => {
        const ended = deadline.error();
        return ended ? Promise.reject(ended) : work(deadline);
      });
    } catch (error) {
      throw deadline.error(request.method, request.url) ?? networkError(error, request, settings.secrets);
    } finally {
      deadline.dispose();
    }
  }

  const answer = (endpoint: Endpoint, options: CallOptions = {}): Promise<Answer> =>
    call(endpoint, options, async (deadline) => {
      const opened = await exchange(settings, endpoint, deadline);
      const bytes = await readAll(opened, settings.maxAnswerBytes, deadline).catch((error: unknown) => {
        throw networkError(error, opened.context, settings.secrets);
      });
      return { headers: opened.headers, bytes, context: opened.context };
    });

  return {
    settings,
    json: async (shape, endpoint, options) => read(shape, await answer(endpoint, options), settings.secrets),
    page: async (shape, endpoint, options) => {
      const page = await answer(endpoint, options);
      const links = page.headers['link'];
      return {
        value: read(shape, page, settings.secrets),
        hasNext: typeof links === 'string' && /;\s*rel="?next"?/i.test(links),
      };
    },
    text: async (endpoint, options) => (await answer(endpoint, options)).bytes.toString('utf8'),
    done: async (endpoint, options) => {
      const { bytes, context } = await answer(endpoint, options);
      // 200 with a page is what a login page or a user who may not sign in gets (Gogs: prohibited login).
      if (bytes.toString('latin1', 0, 64).trimStart().startsWith('<'))
        throw notJson(bytes, undefined, context, settings.secrets);
    },
    stream: (endpoint, guards, options = {}) =>
      call(endpoint, options, async (deadline) => {
        const pauseMs = options.timeoutMs ?? settings.timeoutMs;
        const opened = await exchange(settings, endpoint, deadline, pauseMs);
        const signals = [options.signal, settings.signal];
        return new GuardedStream({ opened, guards: guards(opened), settings, signals, pauseMs });
      }),
  };
}

function read<T>(shape: z.ZodType<T>, answer: Answer, secrets: readonly string[]): T {
  const { bytes, headers, context } = answer;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw notJson(bytes, headers['content-type'], context, secrets);
  }
  const checked = shape.safeParse(value);
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0] ?? { path: [], message: 'unknown' };
  const place = path.length === 0 ? 'the whole' : path.map(String).join('.');
  throw new GogsNotGogsError(
    `the answer does not look like Gogs': ${redact(`${place}: ${message}`, secrets)}. Is "baseUrl" right?`,
    context,
  );
}

function notJson(
  bytes: Buffer,
  contentType: string | string[] | undefined,
  context: GogsErrorContext,
  secrets: readonly string[],
): GogsError {
  const start = redact(bytes.toString('utf8', 0, 160), secrets);
  const type = typeof contentType === 'string' ? ` (${redact(contentType, secrets)})` : '';
  const hint = 'A proxy, a login page, or a user who may not sign in?';
  return new GogsNotGogsError(`the answer is no JSON${type}: "${start.slice(0, 80)}". ${hint}`, context);
}
