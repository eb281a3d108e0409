import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A cable that can be pulled in the middle of a conversation. */
export interface Cable {
  /** What to give `--port`. */
  readonly address: string;
  /** Whether it was pulled. */
  readonly isCut: () => boolean;
  /** How many connections there were. */
  readonly connections: () => number;
}

export interface Cut {
  /** What it still carries of the board's bytes. */
  readonly bytes: number;
  /** Of the connections through it the one that is cut, from 1 on. @default 1 */
  readonly connection?: number;
  /** After so many milliseconds it is plugged in again, whole. @default never */
  readonly backMs?: number;
}

/** A cable to a board that is pulled in a certain place. */
export async function cableTo(address: string, { bytes, connection = 1, backMs }: Cut): Promise<Cable> {
  const { hostname, port } = new URL(address);
  const open = new Set<Socket>();
  let isCut = false;
  let connections = 0;
  const listen = (at = 0): Promise<void> =>
    new Promise((resolve) =>
      server.listen(at, '127.0.0.1', () => {
        resolve();
      }),
    );
  const server = createServer((here) => {
    connections += 1;
    const isTheOne = connections === connection;
    const board = connect(Number(port), hostname);
    let left = bytes;
    for (const socket of [here, board]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        here.destroy();
        board.destroy();
      });
    }
    here.on('data', (chunk) => board.write(chunk));
    board.on('data', (chunk) => {
      here.write(isTheOne ? chunk.subarray(0, left) : chunk);
      left -= chunk.length;
      if (!isTheOne || left > 0 || isCut) return;
      isCut = true;
      server.close();
      here.destroy();
      if (backMs !== undefined) setTimeout(() => void listen(listenPort), backMs);
    });
  });
  await listen();
  const listenPort = (server.address() as AddressInfo).port;
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const scheme = address.slice(0, address.indexOf(':'));
  return {
    address: `${scheme}://127.0.0.1:${listenPort}`,
    isCut: () => isCut,
    connections: () => connections,
  };
}

/** {@link cableTo}, of which only the address matters. */
export async function cutAfter(address: string, bytes: number): Promise<string> {
  return (await cableTo(address, { bytes })).address;
}
