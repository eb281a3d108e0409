import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { SerialConsole } from './esp-rom-loader.ts';

/** A board behind a terminal server. */
export interface Rfc2217Server {
  port: number;
  /** Hangs up on every client and frees the port. */
  close: () => Promise<void>;
}

const iac = 255;
const [will, dont, doIt] = [251, 254, 253];
const [begin, end] = [250, 240];
const comPort = 44;
const setBaudRate = 1;
const setControl = 5;
const controls: Partial<Record<number, { dtr?: boolean; rts?: boolean }>> = {
  8: { dtr: true },
  9: { dtr: false },
  11: { rts: true },
  12: { rts: false },
};

/** What the terminal server can do. */
export interface Rfc2217ServerOptions {
  /** In bits per second. Asked for more, it stays at the rate it has, and says so. @default any rate */
  highestBaud?: number;
}

/** Serves a board's serial adapter by RFC 2217, as a terminal server does: with its rate, DTR and RTS. */
export async function serveRfc2217(
  board: SerialConsole,
  options: Rfc2217ServerOptions = {},
): Promise<Rfc2217Server> {
  const { highestBaud = Infinity } = options;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serveOne(socket, board, highestBaud);
    socket.once('close', () => sockets.delete(socket));
    // A client that hangs up rudely is a client that has hung up.
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serveOne(socket: Socket, board: SerialConsole, highestBaud: number): void {
  let baud = 0;
  socket.setNoDelay(true);
  const agreed = new Set<number>();
  let pending = Buffer.alloc(0);
  const stop = board.onOutput((bytes) => {
    socket.write(escaped(bytes));
  });
  socket.once('close', stop);
  socket.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    pending = pending.subarray(take(pending));
  });

  /** @returns how many bytes are used up; what is not whole yet stays. */
  function take(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      const next = bytes.indexOf(iac, at);
      const dataEnd = next < 0 ? bytes.length : next;
      if (dataEnd > at) board.receive(bytes.subarray(at, dataEnd));
      if (next < 0) return bytes.length;
      const used = takeCommand(bytes.subarray(next));
      if (used === 0) return next;
      at = next + used;
    }
    return at;
  }

  function takeCommand(bytes: Buffer): number {
    const [, verb, option] = bytes;
    if (verb === iac) board.receive(Buffer.of(iac));
    if (verb === undefined || verb === iac) return verb === undefined ? 0 : 2;
    if (verb === begin) return takeSetting(bytes);
    if (option === undefined) return 0;
    // Whatever a client wants is fine, and said once.
    const answer = verb === doIt ? will : verb === will ? doIt : dont;
    const key = answer * 256 + option;
    if (answer !== dont && !agreed.has(key)) socket.write(Buffer.of(iac, answer, option));
    agreed.add(key);
    return 3;
  }

  function takeSetting(bytes: Buffer): number {
    const stopAt = bytes.indexOf(Buffer.of(iac, end));
    if (stopAt < 0) return 0;
    const [option, command = 0] = bytes.subarray(2, stopAt);
    const value = bytes.subarray(4, stopAt);
    if (option === comPort) {
      if (command === setBaudRate && value.length === 4) {
        const wanted = value.readUInt32BE();
        if (wanted <= highestBaud) {
          baud = wanted;
          board.setHostBaud(baud);
        }
        value.writeUInt32BE(baud);
      }
      if (command === setControl) board.setLines(controls[value[0] ?? 0] ?? {});
      socket.write(
        Buffer.concat([Buffer.of(iac, begin, comPort, command + 100), escaped(value), Buffer.of(iac, end)]),
      );
    }
    return stopAt + 2;
  }
}

function escaped(bytes: Uint8Array): Buffer {
  return Buffer.from(Array.from(bytes).flatMap((byte) => (byte === iac ? [iac, iac] : [byte])));
}
