import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { finished } from 'node:stream';
import { plugIn } from './console-cable.ts';
import { ConsoleError } from './console-error.ts';
import type { ConsolePort } from './console-port.ts';
import type { LinkModel } from './link-model.ts';

/** Which port, and what is between it and the node. */
export interface TcpConsoleOptions {
  /** @default '127.0.0.1' */
  host?: string;
  /** 0 for any that is free. @default 0 */
  port?: number;
  /** What lies between each client and the node. */
  link?: LinkModel;
  /** Gives up starting; once it is up, `close()` ends it. */
  signal?: AbortSignal;
}

/** A node's console on a TCP port. */
export interface TcpConsole {
  host: string;
  port: number;
  /** Hangs up on every client and frees the port. */
  close: () => Promise<void>;
}

/** A name for an address may have to be looked up. */
const startMs = 10_000;

/**
 * Serves a node's console on a TCP port: raw bytes, no telnet. Each connection is a cable of its own. What a client
 * sent before it hung up still reaches the node.
 *
 * @throws ConsoleError CONSOLE_LISTEN if the port cannot be had.
 */
export async function serveOnTcp(console: ConsolePort, options: TcpConsoleOptions = {}): Promise<TcpConsole> {
  const { host = '127.0.0.1', port = 0, link, signal } = options;
  const hangUps = new Set<() => void>();
  const server = createServer((socket) => {
    const hangUp = connect(socket, console, link);
    hangUps.add(hangUp);
    socket.once('close', () => hangUps.delete(hangUp));
  });
  const address = await listen(server, host, port, signal);
  return {
    host: address.address,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const hangUp of hangUps) hangUp();
      }),
  };
}

/** @returns what ends the connection at once. */
function connect(socket: Socket, console: ConsolePort, link: LinkModel | undefined): () => void {
  const cable = plugIn(console, link);
  socket.setNoDelay(true);
  socket.pipe(cable);
  cable.pipe(socket);
  // However a client leaves, by a reset or a goodbye: both ends are the same to a node.
  finished(socket, { writable: false }, () => {
    cable.end(() => {
      cable.destroy();
    });
  });
  finished(cable, () => {
    socket.destroySoon();
  });
  return () => {
    cable.destroy();
    socket.destroy();
  };
}

async function listen(
  server: Server,
  host: string,
  port: number,
  signal: AbortSignal | undefined,
): Promise<AddressInfo> {
  signal?.throwIfAborted();
  const deadline = AbortSignal.any([AbortSignal.timeout(startMs), ...(signal ? [signal] : [])]);
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: unknown) => {
      const message = `could not listen on ${host}:${port}: name an address of this machine and a port that is free`;
      reject(new ConsoleError('CONSOLE_LISTEN', message, { cause }));
    };
    const giveUp = () => {
      if (signal?.aborted) reject(signal.reason as Error);
      else fail(deadline.reason);
    };
    deadline.addEventListener('abort', giveUp, { once: true });
    server.once('error', fail);
    server.listen({ host, port }, () => {
      // A look-up that is under way cannot be called off.
      if (deadline.aborted) server.close();
      deadline.removeEventListener('abort', giveUp);
      server.off('error', fail);
      resolve();
    });
  });
  return server.address() as AddressInfo;
}
