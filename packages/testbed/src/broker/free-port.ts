import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Everything in the testbed stays on this machine. */
export const loopback = '127.0.0.1';

/**
 * Below the range Linux (32768), macOS and Windows (49152) take source ports from. A port from inside it would be
 * unsafe while its server is stopped: another connection may be given it, or a client that keeps trying to
 * connect to it gets it as its own source port and ends up connected to itself.
 */
const lowest = 20_000;
const highest = 32_767;
const attempts = 50;

/**
 * Makes `server` listen on loopback.
 *
 * @param port - a certain port, or nothing for a free one that stays usable while nobody listens on it.
 * @returns the port.
 * @throws the system's error, e.g. `EADDRINUSE` for a certain port.
 */
export async function listen(server: Server, port?: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      server.listen({ host: loopback, port: port ?? randomInt(lowest, highest) });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if (port !== undefined || attempt === attempts || !isTaken(error)) throw error;
    }
  }
}

/** Finds a port for a program that cannot choose one itself. Somebody else may take it first: be ready to ask again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES';
}
