import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import type { SimulatedRequest } from './simulated-node-types.ts';

/** No answer, or one that a node gives up on; trying again may help. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** What a node does not ask for a second time. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** As `url.quote` on the node: unreserved characters and slashes stay. */
export function quote(path: string): string {
  return encodeURIComponent(path)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

interface NodeHttpOptions {
  readonly remote: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** One repository of Gogs over one kept-alive connection, with the two headers that a node sends. */
export class NodeHttp {
  readonly #agent: Agent;
  readonly #origin: URL;
  readonly #api: string;
  readonly #token: string;
  readonly #signal: AbortSignal;
  readonly #onRequest: (request: SimulatedRequest) => void;

  /** @param onRequest is told of every request but those that the signal cut off. */
  constructor(
    { remote, token, timeoutMs, signal }: NodeHttpOptions,
    onRequest: (request: SimulatedRequest) => void,
  ) {
    this.#origin = new URL(remote);
    const [name = '', owner = '', ...base] = this.#origin.pathname
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')
      .split('/')
      .reverse();
    this.#api = `${base.reverse().join('/')}/api/v1/repos/${owner}/${name}`;
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: timeoutMs });
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
    this.#onRequest = onRequest;
  }

  /** @throws NoAnswerError, RefusedError. */
  async get(path: string): Promise<Buffer> {
    const { status, body } = await this.#get(`${this.#api}${path}`);
    if (status === 200) return body;
    this.#agent.destroy();
    const text = `HTTP ${status} for ${path}`;
    if (status >= 300 && status < 400) throw new RefusedError(text);
    if ([401, 403, 404].includes(status)) throw new RefusedError(text);
    throw new NoAnswerError(text);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#agent.destroy();
  }

  readonly #onAbort = (): void => {
    this.#agent.destroy();
  };

  async #get(path: string): Promise<{ status: number; body: Buffer }> {
    for (;;) {
      const asking = this.#request(path);
      try {
        return await this.#answer(path, asking);
      } catch (cause) {
        this.#signal.throwIfAborted();
        // A server may close a kept connection at any time: then a node asks once more on a new one.
        if (asking.reusedSocket) continue;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new NoAnswerError(`${this.#origin.host} does not answer: ${reason}`, { cause });
      }
    }
  }

  #request(path: string): ReturnType<typeof request> {
    const { hostname, port, host } = this.#origin;
    const headers = { Host: host, ...(this.#token && { Authorization: `token ${this.#token}` }) };
    const asking = request({ agent: this.#agent, hostname, port, path, headers, setHost: false });
    asking.removeHeader('Connection'); // Node's own, which a node does not send
    asking.on('timeout', () => asking.destroy(new Error('timed out')));
    return asking;
  }

  async #answer(path: string, asking: ReturnType<typeof request>): Promise<{ status: number; body: Buffer }> {
    const startedAt = performance.now();
    let status: number | undefined;
    let body = Buffer.alloc(0);
    try {
      asking.end();
      const [response] = (await once(asking, 'response')) as [IncomingMessage];
      body = await buffer(response);
      status = response.statusCode ?? 0;
      return { status, body };
    } finally {
      const ms = performance.now() - startedAt;
      if (!this.#signal.aborted) this.#onRequest({ path, status, startedAt, ms, bytes: body.length });
    }
  }
}
