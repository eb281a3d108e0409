import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Errno } from './syscall-table.ts';
import { tlsOptions, tlsFailure, type TlsRequest } from './tls.ts';

/** What lwIP's window and send buffer hold on an ESP32 is of this order; more would hide back-pressure. */
const bufferLimit = 16 * 1024;

export type SocketState = 'new' | 'connecting' | 'connected' | 'listening' | 'handshake' | 'closed';

/** One TCP socket of a node: what has come in, what may go out, and what went wrong. */
export class NodeSocket {
  readonly #wake: () => void;
  #socket: Socket | undefined;
  #server: Server | undefined;
  #received: Uint8Array[] = [];
  #receivedBytes = 0;
  #accepted: Socket[] = [];
  #ended = false;
  state: SocketState = 'new';
  /** The errno that the next call reports. */
  error = 0;
  /** Why a TLS handshake failed, in Mbed TLS's words. */
  tlsError = '';
  /** What bind() asked for. */
  boundPort = 0;
  /** SO_REUSEADDR. */
  reusesAddress = false;

  constructor(wake: () => void, socket?: Socket) {
    this.#wake = wake;
    if (socket) {
      this.#adopt(socket);
      this.state = 'connected';
    }
  }

  connect(host: string, port: number): void {
    this.state = 'connecting';
    const socket = connect({ host, port, noDelay: true });
    this.#adopt(socket);
    socket.once('connect', () => {
      this.state = 'connected';
      this.#wake();
    });
  }

  /** Listens on a free port of the loopback; `listening` gets it. */
  listen(backlog: number, listening: (hostPort: number) => void): void {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      this.#accepted.push(socket);
      this.#wake();
    });
    server.on('error', () => {
      this.#fail(Errno.EIO);
    });
    server.listen({ host: '127.0.0.1', port: 0, backlog }, () => {
      const address = server.address();
      this.state = 'listening';
      if (address && typeof address === 'object') listening(address.port);
      this.#wake();
    });
    this.#server = server;
  }

  accept(): Socket | undefined {
    return this.#accepted.shift();
  }

  /** Turns the connection into a TLS client's. */
  startTls(request: TlsRequest): void {
    const plain = this.#socket;
    if (!plain || this.state !== 'connected') {
      this.#fail(Errno.ENOTCONN);
      return;
    }
    plain.removeAllListeners();
    this.state = 'handshake';
    let socket: TLSSocket;
    try {
      socket = connectTls({ ...tlsOptions(request), socket: plain });
    } catch {
      this.tlsError = 'verify invalid cert'; // OpenSSL cannot read what the program loaded
      return;
    }
    plain.on('error', () => {
      this.#fail(Errno.ECONNRESET);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.state === 'handshake') this.tlsError = tlsFailure(error);
    });
    this.#adopt(socket);
    socket.once('secureConnect', () => {
      this.state = 'connected';
      this.#wake();
    });
  }

  get tls(): TLSSocket | undefined {
    return this.#socket && 'getPeerCertificate' in this.#socket ? (this.#socket as TLSSocket) : undefined;
  }

  /** Whether listen() was called. */
  get isServer(): boolean {
    return this.#server !== undefined;
  }

  get peer(): { host: string; port: number } {
    return { host: this.#socket?.remoteAddress ?? '0.0.0.0', port: this.#socket?.remotePort ?? 0 };
  }

  get readable(): boolean {
    return this.#receivedBytes > 0 || this.#ended || this.error !== 0 || this.#accepted.length > 0;
  }

  get writable(): boolean {
    return this.state === 'connected' && (this.#socket?.writableLength ?? 0) < bufferLimit;
  }

  get hungUp(): boolean {
    return this.#ended || this.state === 'closed';
  }

  /**
   * @param last The byte after which nothing more is wanted, if any.
   * @returns bytes put into `target`: 0 at the end of the stream, `undefined` where none has come yet.
   */
  receive(target: Uint8Array, last?: number): number | undefined {
    if (this.#receivedBytes === 0) return this.#ended ? 0 : undefined;
    let done = 0;
    for (let found = false; done < target.length && !found;) {
      const chunk = this.#received.shift();
      if (!chunk) break;
      const end = last === undefined ? -1 : chunk.indexOf(last);
      const piece = chunk.subarray(0, Math.min(target.length - done, end < 0 ? Infinity : end + 1));
      found = piece.length === end + 1;
      target.set(piece, done);
      done += piece.length;
      if (piece.length < chunk.length) this.#received.unshift(chunk.subarray(piece.length));
    }
    this.#receivedBytes -= done;
    if (this.#receivedBytes < bufferLimit) this.#socket?.resume();
    return done;
  }

  send(bytes: Uint8Array): void {
    this.#socket?.write(bytes, () => {
      this.#wake();
    });
  }

  /** Sends what is left, then FIN, as a board's close() does. */
  close(): void {
    this.state = 'closed';
    this.#server?.close();
    for (const socket of this.#accepted) socket.destroy();
    this.#socket?.removeAllListeners('data');
    this.#socket?.resume();
    this.#socket?.destroySoon();
  }

  /** The link is gone (WiFi lost, reset, power cut): nothing more is sent. */
  abort(errno: number): void {
    this.error = errno;
    this.#server?.close();
    for (const socket of this.#accepted) socket.destroy();
    this.#socket?.destroy();
  }

  #adopt(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received.push(chunk);
      this.#receivedBytes += chunk.length;
      if (this.#receivedBytes >= bufferLimit) socket.pause();
      this.#wake();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#fail(errnoOf(error));
    });
    socket.on('close', () => {
      this.#ended = true;
      if (this.state !== 'closed' && this.state !== 'connected') this.#fail(Errno.ECONNRESET);
      this.#wake();
    });
  }

  #fail(errno: number): void {
    if (this.error === 0) this.error = errno;
    this.#wake();
  }
}

/** lwIP answers a refused connection with ECONNRESET (err.c, ERR_RST), not with ECONNREFUSED as a desktop does. */
function errnoOf(error: NodeJS.ErrnoException): number {
  switch (error.code) {
    case 'ETIMEDOUT':
      return Errno.ETIMEDOUT;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return Errno.EHOSTUNREACH;
    default:
      return Errno.ECONNRESET;
  }
}
