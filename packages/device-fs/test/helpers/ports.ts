import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** Waits for a program to open its port; `check` throws where that program has ended. */
export async function listens(port: number, check: () => void): Promise<void> {
  const endsAt = performance.now() + 20_000;
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      check();
      if (performance.now() > endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      socket.destroy();
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
