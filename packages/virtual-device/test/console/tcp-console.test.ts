import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveOnTcp, type TcpConsole, type TcpConsoleOptions } from '../../src/console/tcp-console.ts';
import { FakePort, pattern } from './fake-port.ts';
import { patience } from './patience.ts';

async function serve(port: FakePort, options: TcpConsoleOptions = {}): Promise<TcpConsole> {
  const served = await serveOnTcp(port, options);
  onTestFinished(() => served.close());
  return served;
}

async function dial({ host, port }: TcpConsole): Promise<{ socket: Socket; seen: () => Buffer }> {
  const socket = connect({ host, port });
  onTestFinished(() => {
    socket.destroy();
  });
  const parts: Buffer[] = [];
  socket.on('data', (bytes) => parts.push(bytes));
  await once(socket, 'connect');
  return { socket, seen: () => Buffer.concat(parts) };
}

describe('serveOnTcp', () => {
  it('listens on loopback, on a port of its own', async () => {
    const served = await serve(new FakePort());
    expect(served.host).toBe('127.0.0.1');
    expect(served.port).toBeGreaterThan(0);
  });

  it('carries bytes of every value both ways', async () => {
    const port = new FakePort();
    port.isEcho = true;
    const { socket, seen } = await dial(await serve(port));
    socket.write(pattern(10_000));
    await expect.poll(() => seen().length, patience).toBe(10_000);
    expect(seen()).toEqual(pattern(10_000));
    expect(port.received).toEqual(pattern(10_000));
  });

  it('gives every client a cable of its own', async () => {
    const port = new FakePort();
    const served = await serve(port);
    const [first, second] = [await dial(served), await dial(served)];
    await expect.poll(() => port.listeners, patience).toBe(2);
    port.send('both');
    await expect.poll(() => first.seen().toString() + second.seen().toString(), patience).toBe('bothboth');
    first.socket.resetAndDestroy();
    await expect.poll(() => port.listeners, patience).toBe(1);
    port.send('!');
    await expect.poll(() => second.seen().toString(), patience).toBe('both!');
  });

  it('brings to the node what a client sent before it hung up, over a slow link too', async () => {
    const port = new FakePort();
    const { socket } = await dial(await serve(port, { link: { baud: 115_200, latencyMs: 5 } }));
    socket.end(pattern(1000));
    await expect.poll(() => port.received.length, patience).toBe(1000);
    await expect.poll(() => port.listeners, patience).toBe(0);
  });

  it('hangs up and frees the port when closed', async () => {
    const port = new FakePort();
    const served = await serve(port, { link: { baud: 300 } });
    const { socket } = await dial(served);
    socket.on('error', () => undefined);
    socket.write(pattern(1000));
    await expect.poll(() => port.received.length, patience).toBeGreaterThan(0);
    const hungUp = once(socket, 'close');
    await served.close();
    expect(port.listeners).toBe(0);
    await hungUp;
    const again = await serve(port, { port: served.port });
    expect(again.port).toBe(served.port);
  });

  it('says so when the port is taken', async () => {
    const served = await serve(new FakePort());
    await expect(serveOnTcp(new FakePort(), { port: served.port })).rejects.toMatchObject({
      code: 'CONSOLE_LISTEN',
      message: expect.stringContaining(String(served.port)) as string,
      cause: expect.objectContaining({ code: 'EADDRINUSE' }) as Error,
    });
  });

  it('does not start for a caller who has given up', async () => {
    const reason = new Error('enough');
    await expect(serveOnTcp(new FakePort(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('gives up in the middle of starting', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const servers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const starting = serveOnTcp(new FakePort(), { host: 'localhost', signal: controller.signal });
    controller.abort(reason);
    await expect(starting).rejects.toBe(reason);
    // The name was being looked up: only after that can a server be there, and has to go.
    await lookup('localhost');
    await expect.poll(servers, patience).toBe(0);
  });
});
