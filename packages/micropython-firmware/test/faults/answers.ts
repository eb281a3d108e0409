import { connect } from 'node:net';

const timeoutMs = 10_000;
const headEnd = '\r\n\r\n';

/** What a server sent in answer to a request, byte by byte. */
export interface Answer {
  readonly bytes: Buffer;
  /** Where the body begins. */
  readonly bodyAt: number;
  readonly isChunked: boolean;
}

/** A server's answers, each asked for once: the same bytes however often they are wanted. */
export class Answers {
  readonly #port: number;
  readonly #token: string;
  readonly #known = new Map<string, Promise<Answer>>();

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  to(path: string): Promise<Answer> {
    const known = this.#known.get(path) ?? this.#ask(path);
    this.#known.set(path, known);
    return known;
  }

  /** The branch moved: what is known may be wrong now. */
  forget(): void {
    this.#known.clear();
  }

  #ask(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1');
      let bytes = Buffer.alloc(0);
      socket.setTimeout(timeoutMs, () => {
        socket.destroy(new Error(`no answer to ${path} within ${timeoutMs} ms`));
      });
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        const answer = whole(bytes);
        if (!answer) return;
        socket.destroy();
        resolve(answer);
      });
      const head = ['Host: 127.0.0.1', `Authorization: token ${this.#token}`];
      socket.write(`GET ${path} HTTP/1.1\r\n${head.join('\r\n')}${headEnd}`);
    });
  }
}

/** @returns the answer, or `undefined` as long as a part of it is missing. */
function whole(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const bodyAt = end + headEnd.length;
  const head = bytes.subarray(0, end).toString('latin1');
  const isChunked = /\r\ntransfer-encoding: chunked/i.test(head);
  const length = isChunked
    ? chunkedLength(bytes.subarray(bodyAt))
    : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  if (length === undefined || bytes.length < bodyAt + length) return undefined;
  return { bytes, bodyAt, isChunked };
}

function chunkedLength(body: Buffer): number | undefined {
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(body.subarray(at, lineEnd).toString('latin1'), 16);
    at = lineEnd + 2 + size + 2;
    if (size === 0) return at;
  }
}
