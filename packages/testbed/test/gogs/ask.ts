import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Question {
  readonly method?: string;
  /** Sent as `Authorization: token …`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string goes as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON. */
  readonly json: () => unknown;
}

/** One request through node:http, which shows every header and changes nothing in the path. */
export async function ask(baseUrl: string, path: string, question: Question = {}): Promise<Reply> {
  const { method = 'GET', token, body, agent } = question;
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const { hostname, port } = new URL(baseUrl);
  const sent = request({
    hostname,
    port,
    path,
    method,
    agent: agent ?? false,
    headers: {
      ...(token !== undefined && { Authorization: `token ${token}` }),
      ...(payload !== undefined && { 'Content-Type': 'application/json' }),
      ...question.headers,
    },
    signal: question.signal ?? AbortSignal.timeout(20_000),
  });
  sent.end(payload);
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (message) => {
      buffer(message).then((received) => {
        const text = received.toString('utf8');
        resolve({
          status: message.statusCode ?? 0,
          headers: message.headers,
          body: received,
          text,
          json: () => JSON.parse(text) as unknown,
        });
      }, reject);
    });
  });
}

export function basic(user: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
