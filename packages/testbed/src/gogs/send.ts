import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './api/answer.ts';
import type { Fault } from './faults.ts';

/** Go's server gives a length to what fits its buffer, and sends the rest in chunks. */
const goBufferSize = 2048;
const slowTickMs = 20;

export interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
  /** Told of every piece of body that goes out. */
  readonly onBody: (bytes: number) => void;
  /** Told when the answer went out to its end. */
  readonly onComplete: () => void;
}

/** Puts an answer on the wire, whole or with a fault in it. Settles when nothing more will be sent. */
export async function send(sending: Sending, answer: Answer, fault: Fault | undefined): Promise<void> {
  const { request, response } = sending;
  switch (fault?.kind) {
    case 'refuse':
      request.socket.resetAndDestroy();
      return;
    case 'hang':
      await closed(sending);
      return;
    case 'cutAfter':
      writeHead(sending, answer);
      if (fault.bytes > 0) write(sending, answer.body.subarray(0, fault.bytes));
      else response.flushHeaders();
      request.socket.destroySoon();
      return;
    case 'endless':
      writeHead(sending, answer, 'chunked');
      write(sending, answer.body);
      await writeForever(sending);
      return;
    case 'slow':
      writeHead(sending, answer);
      await writeSlowly(sending, answer.body, fault.bytesPerSecond, fault.delayMs ?? 0);
      return;
    case 'wrongLength':
      writeHead(sending, answer, answer.body.length + fault.difference);
      write(sending, answer.body);
      request.socket.destroySoon();
      return;
    default:
      finish(sending, fault ? changed(answer, fault) : answer);
  }
}

type AnswerFault = Extract<
  Fault,
  { kind: 'changeByte' | 'status' | 'redirect' | 'html' | 'emptyBody' | 'body' }
>;

function changed(answer: Answer, fault: AnswerFault): Answer {
  switch (fault.kind) {
    case 'changeByte': {
      const body = Buffer.from(answer.body);
      if (fault.at < body.length) body[fault.at] = fault.to ?? ~(body[fault.at] ?? 0) & 0xff;
      return { ...answer, body };
    }
    case 'status':
      return { status: fault.status, headers: {}, body: Buffer.from(fault.body ?? '') };
    case 'redirect':
      return { status: fault.status ?? 302, headers: { Location: fault.to }, body: Buffer.alloc(0) };
    case 'html': {
      const body = Buffer.from('<!DOCTYPE html>\n<html><body><h1>Please sign in</h1></body></html>\n');
      return { status: 200, headers: { 'Content-Type': 'text/html; charset=UTF-8' }, body };
    }
    case 'emptyBody':
      return { ...answer, body: Buffer.alloc(0) };
    case 'body':
      return { ...answer, body: Buffer.from(fault.body) };
  }
}

function finish(sending: Sending, answer: Answer): void {
  writeHead(sending, answer);
  write(sending, answer.body);
  end(sending);
}

function end({ response, onComplete }: Sending): void {
  onComplete();
  response.end();
}

function writeHead({ request, response }: Sending, answer: Answer, framing?: 'chunked' | number): void {
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'deny');
  if (!request.headers.cookie) response.setHeader('Set-Cookie', cookies());
  const hasLength =
    answer.fixedLength === true || (request.method !== 'HEAD' && answer.body.length <= goBufferSize);
  const hasNoBody = answer.status === 204 || answer.status === 304;
  if (framing === undefined ? hasLength && !hasNoBody : framing !== 'chunked') {
    response.setHeader('Content-Length', framing ?? answer.body.length);
  }
  // Go says nothing of a connection that stays open.
  if (response.shouldKeepAlive) response.removeHeader('Connection');
  response.writeHead(answer.status);
}

/** Every visitor without cookies gets a session, API or not. */
function cookies(): string[] {
  return [
    'lang=en-US; Path=/; Max-Age=2147483647',
    `i_like_gogs=${randomBytes(8).toString('hex')}; Path=/; HttpOnly; SameSite=Lax`,
    `_csrf=${randomBytes(30).toString('base64url')}; Path=/; Domain=127.0.0.1; HttpOnly`,
  ];
}

function write({ request, response, onBody }: Sending, bytes: Buffer): boolean {
  if (request.method === 'HEAD' || bytes.length === 0) return true;
  onBody(bytes.length);
  return response.write(bytes);
}

async function writeForever(sending: Sending): Promise<void> {
  const blanks = Buffer.alloc(8192, ' ');
  const over = closed(sending);
  while (!isOver(sending)) {
    if (!write(sending, blanks)) await Promise.race([once(sending.response, 'drain'), over]);
  }
}

async function writeSlowly(sending: Sending, body: Buffer, rate: number, delayMs: number): Promise<void> {
  const step = Math.max(1, Math.round((rate * slowTickMs) / 1000));
  sending.response.flushHeaders();
  const over = closed(sending);
  const wait = (ms: number): Promise<unknown> => Promise.race([pause(ms, undefined, { ref: false }), over]);
  await wait(delayMs);
  for (let at = 0; at < body.length && !isOver(sending); at += step) {
    write(sending, body.subarray(at, at + step));
    await wait((1000 * step) / rate);
  }
  if (!isOver(sending)) end(sending);
}

function isOver({ response, signal }: Sending): boolean {
  return signal.aborted || response.destroyed;
}

async function closed({ response, signal }: Sending): Promise<void> {
  if (response.destroyed || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const over = (): void => {
      signal.removeEventListener('abort', over);
      resolve();
    };
    response.once('close', over);
    signal.addEventListener('abort', over);
  });
}
