import type { Socket } from 'node:net';
import type { Answer } from './answers.ts';

/** A request that meets a fault. */
export interface Exchange {
  readonly socket: Socket;
  readonly answer: Answer;
  /** Another answer of the same server, for faults that swap them. */
  readonly other: Answer | undefined;
  /** Where in the answer, or which variant: one of the kind's {@link Kind.places}. */
  readonly place: number;
  /** Stops listening, until the fault is taken away. */
  readonly refuse: () => void;
}

/** A way in which a network fails. */
export interface Kind {
  readonly name: string;
  /** In how many places of this answer it can happen. */
  readonly places: (answer: Answer) => readonly number[];
  /** What may come of it besides a refusal, and where: a byte that nobody looks at can be any byte. */
  readonly mayPass?: (request: string) => boolean;
  /** Which other answer it takes. */
  readonly other?: 'commit' | 'file';
  readonly send: (exchange: Exchange) => void;
}

const perHead = 15;
const perBody = 35;
const once = (): readonly number[] => [0];

/** Up to 50 places, in the head and in the body, both ends of both among them. */
function bytePlaces({ bytes, bodyAt }: Answer): readonly number[] {
  const places = [...spread(0, bodyAt, perHead), ...spread(bodyAt, bytes.length, perBody)];
  return [...new Set(places)];
}

function spread(from: number, to: number, count: number): number[] {
  const last = to - from - 1;
  return Array.from({ length: count }, (_, index) => from + Math.floor((index * last) / (count - 1)));
}

function bodyPlaces({ bytes, bodyAt }: Answer): readonly number[] {
  return [...new Set(spread(0, bytes.length - bodyAt + 1, perHead + perBody))];
}

/** A length is off by 1 to 25, either way, as far as it stays a length. */
function lengthPlaces(answer: Answer): readonly number[] {
  const differences = Array.from({ length: 50 }, (_, index) => (index < 25 ? index - 25 : index - 24));
  return differences.filter((difference) => declaredLength(answer) + difference >= 0);
}

const lengthLine = /(\r\ncontent-length: )(\d+)/i;
const chunkLine = /^([0-9a-f]+)/i;

function declaredLength({ bytes, bodyAt, isChunked }: Answer): number {
  if (isChunked) return parseInt(bytes.subarray(bodyAt).toString('latin1'), 16);
  return Number(lengthLine.exec(bytes.subarray(0, bodyAt).toString('latin1'))?.[2]);
}

function withLength(answer: Answer, difference: number): Buffer {
  const { bytes, bodyAt, isChunked } = answer;
  const head = bytes.subarray(0, bodyAt).toString('latin1');
  const body = bytes.subarray(bodyAt).toString('latin1');
  const length = declaredLength(answer) + difference;
  const text = isChunked
    ? head + body.replace(chunkLine, length.toString(16))
    : head.replace(lengthLine, (_, name: string) => name + String(length)) + body;
  return Buffer.from(text, 'latin1');
}

/** Blanks after the first bytes of a body, for as long as somebody reads: in chunks, without a length, or with a huge one. */
function endlessly({ socket, answer, place }: Exchange): void {
  const framing = ['Transfer-Encoding: chunked', 'Connection: close', 'Content-Length: 99999999999'][
    place % 3
  ];
  const isChunked = place % 3 === 0;
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n${framing ?? ''}\r\n\r\n`,
  );
  const piece = (bytes: Buffer): Buffer =>
    isChunked && bytes.length > 0
      ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
      : bytes;
  socket.write(piece(plainBody(answer).subarray(0, place)));
  const blanks = piece(Buffer.alloc(8192, ' '));
  const goOn = (): void => {
    while (!socket.destroyed && socket.write(blanks));
  };
  socket.on('drain', goOn);
  goOn();
}

/** The body without its chunks' lines. */
function plainBody({ bytes, bodyAt, isChunked }: Answer): Buffer {
  const body = bytes.subarray(bodyAt);
  if (!isChunked) return body;
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = parseInt(body.subarray(at, lineEnd).toString('latin1'), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function status(code: number, reason: string): Kind {
  return {
    name: String(code),
    places: once,
    send: ({ socket }) => {
      socket.write(`HTTP/1.1 ${code} ${reason}\r\nContent-Length: 0\r\n\r\n`);
    },
  };
}

const page = '<!DOCTYPE html>\n<html><body><h1>Please sign in</h1></body></html>\n';

/** Every way that is tried. */
export const kinds: readonly Kind[] = [
  {
    name: 'refuse',
    places: once,
    send: ({ socket, refuse }) => {
      refuse();
      socket.resetAndDestroy();
    },
  },
  {
    name: 'reset',
    places: bytePlaces,
    send: ({ socket, answer, place }) => {
      socket.write(answer.bytes.subarray(0, place), () => socket.resetAndDestroy());
    },
  },
  {
    name: 'hang',
    places: bytePlaces,
    send: ({ socket, answer, place }) => {
      socket.write(answer.bytes.subarray(0, place));
    },
  },
  {
    name: 'cut',
    places: bytePlaces,
    send: ({ socket, answer, place }) => {
      socket.end(answer.bytes.subarray(0, place));
    },
  },
  {
    name: 'changed byte',
    places: bytePlaces,
    mayPass: () => true,
    send: ({ socket, answer, place }) => {
      const bytes = Buffer.from(answer.bytes);
      // Every second one is changed into its neighbour: a digit stays a digit, as a rule.
      bytes[place] = (bytes[place] ?? 0) ^ (place % 2 ? 0xff : 0x01);
      socket.write(bytes);
    },
  },
  {
    name: 'wrong length',
    places: lengthPlaces,
    send: ({ socket, answer, place }) => {
      const bytes = withLength(answer, place);
      // A server that has announced too much goes away, or waits as well.
      if (place > 0 && place % 2) socket.end(bytes);
      else socket.write(bytes);
    },
  },
  { name: 'endless body', places: bodyPlaces, send: endlessly },
  status(401, 'Unauthorized'),
  status(404, 'Not Found'),
  status(500, 'Internal Server Error'),
  {
    name: 'HTML page',
    places: once,
    send: ({ socket }) => {
      const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: ${page.length}`;
      socket.write(`${head}\r\n\r\n${page}`);
    },
  },
  {
    name: 'redirect',
    places: () => [301, 302, 303, 307, 308],
    send: ({ socket, place }) => {
      const to = place % 2 ? '/user/login' : 'http://127.0.0.1:9/';
      socket.write(`HTTP/1.1 ${place} Elsewhere\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`);
    },
  },
  {
    name: 'empty body',
    places: once,
    send: ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    },
  },
  {
    name: "other commit's",
    other: 'commit',
    places: once,
    // The commit's answer is asked for its date only.
    mayPass: (request) => request === 'commit',
    send: ({ socket, other }) => socket.write(other?.bytes ?? ''),
  },
  {
    name: 'other file',
    other: 'file',
    places: once,
    send: ({ socket, other }) => socket.write(other?.bytes ?? ''),
  },
];
