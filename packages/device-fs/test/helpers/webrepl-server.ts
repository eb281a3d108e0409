import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { plugIn, type VirtualNode } from '@ota/testbed';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';

/** WebREPL as a board has it: password, then the console; what is printed comes in text frames, UTF-8 or not. */
export async function webReplServer(node: VirtualNode, password: string): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, skipUTF8Validation: true });
  server.on('connection', (socket) => {
    let typed = '';
    let isIn = false;
    const cable = plugIn(node.console);
    cable.on('data', (bytes: Buffer) => {
      if (isIn) socket.send(bytes, { binary: false });
    });
    socket.on('close', () => cable.destroy());
    socket.send('Password: ');
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        socket.close(); // a file transfer, which nobody asked for
      } else if (isIn) {
        cable.write(data);
      } else {
        typed += data.toString();
        if (!typed.endsWith('\r')) return;
        isIn = typed === `${password}\r`;
        socket.send(isIn ? '\r\nWebREPL connected\r\n>>> ' : '\r\nAccess denied\r\n');
        if (!isIn) socket.close();
      }
    });
  });
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
