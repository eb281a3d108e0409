import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Tape {
  readonly port: number;
  /** What clients sent, one buffer for each connection, in the order of the connections. */
  readonly connections: () => Buffer[];
}

/** A way to a server on which every byte that a client sends is kept. Gone when the test is over. */
export async function tapeTo(target: () => number): Promise<Tape> {
  const kept: Buffer[][] = [];
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target(), host: '127.0.0.1', noDelay: true });
    const chunks: Buffer[] = [];
    kept.push(chunks);
    near.on('data', (bytes: Buffer) => {
      chunks.push(bytes);
      far.write(bytes);
    });
    far.on('data', (bytes) => near.write(bytes));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroySoon();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => kept.map((chunks) => Buffer.concat(chunks)),
  };
}

/** Each request of a connection without bodies, as sent. */
export function requestsOn(bytes: Buffer): string[] {
  return bytes
    .toString('latin1')
    .split('\r\n\r\n')
    .filter((text) => text !== '');
}
