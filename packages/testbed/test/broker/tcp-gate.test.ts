import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TcpGate } from '../../src/broker/tcp-gate.ts';
import { knock } from './helpers/clients.ts';

const soon = { timeout: 5_000, interval: 5 };

describe('a TCP gate', () => {
  let server: Server;
  let target: number;
  let onConnection: (socket: Socket) => void;
  let gate: TcpGate;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    gate = new TcpGate();
    server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()); // tests reset connections on purpose
      onConnection(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    target = (server.address() as AddressInfo).port;
    await gate.open(target);
  });

  afterEach(async () => {
    await gate.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
  });

  /** A client that reads nothing until it is told to. */
  async function client(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: gate.port });
    socket.on('error', () => socket.destroy());
    sockets.add(socket);
    await once(socket, 'connect');
    return socket;
  }

  it('passes on bytes and the FIN in both directions', async () => {
    onConnection = (socket) => socket.pipe(socket);
    const socket = await client();
    socket.end(Buffer.alloc(300_000, 'x'));
    const echoed: Buffer[] = [];
    for await (const chunk of socket) echoed.push(chunk as Buffer);

    expect(Buffer.concat(echoed).toString()).toBe('x'.repeat(300_000));
  });

  it('passes on a reset', async () => {
    onConnection = (socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    };
    const socket = await client();
    const failed = once(socket, 'close', { signal: AbortSignal.timeout(5_000) }).catch(
      (error: unknown) => error,
    );
    socket.write('?');

    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  });

  it('resets a client whose service is gone', async () => {
    server.close();
    const socket = await client();

    expect(await once(socket, 'close').catch((error: unknown) => error)).toMatchObject({
      code: 'ECONNRESET',
    });
    expect(await knock(gate.port)).toBe('open');
  });

  it.each(['client', 'service'] as const)(
    'is not stuck where the %s says FIN as the service resets',
    async (who) => {
      let leaving: Socket | undefined;
      onConnection = (socket) => {
        const polite = who === 'client' ? leaving : socket;
        socket.once('data', () => polite?.end(() => socket.resetAndDestroy()));
      };
      for (let i = 0; i < 20; i++) {
        leaving = await client();
        leaving.resume();
        leaving.write('leave');
        await gate.drain();
      }
      expect(gate.connections).toBe(0);
    },
  );

  it('resets, when its service stops, a client that does not take what was sent to it', async () => {
    onConnection = (socket) => socket.write(Buffer.alloc(32_000_000));
    await client();
    await vi.waitFor(() => {
      expect(gate.connections).toBe(1);
    }, soon);
    gate.refuse();
    for (const socket of sockets) if (socket.localPort === target) socket.destroy();

    await gate.drain();
    expect(gate.connections).toBe(0);
  });
});
