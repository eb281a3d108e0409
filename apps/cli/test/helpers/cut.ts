import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A cable that is pulled in the middle of a conversation: it carries so many bytes of the board, and then nothing any more.
 *
 * @returns what to give `--port`.
 */
export async function cutAfter(address: string, bytes: number): Promise<string> {
  const { hostname, port } = new URL(address);
  const open = new Set<Socket>();
  const server = createServer((here) => {
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
      here.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      server.close();
      here.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return `${address.slice(0, address.indexOf(':'))}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
