import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the node said: the kind of the packet, and when, in this computer's milliseconds. */
export interface Heard {
  readonly kind: number;
  readonly atMs: number;
}

/** A broker that knows only what a test wants of it: it lets everybody in, and delivers nothing by itself. */
export interface ScriptedBroker {
  readonly port: number;
  readonly heard: readonly Heard[];
  /** Sends a message of QoS 0 to everybody. */
  say(topic: string, payload: string): void;
}

export interface ScriptedBrokerOptions {
  /** What a subscription is answered with; 0x80 refuses it. @default 0 */
  readonly granted?: number;
  /** Whether a ping is answered. @default true */
  readonly pongs?: boolean;
  /** How long the answer takes, in this computer's milliseconds. @default 0 */
  readonly pongMs?: number;
}

const [connect, subscribe, ping] = [0x10, 0x82, 0xc0];

/** Gone when the test is over. */
export async function scriptedBroker({
  granted = 0,
  pongs = true,
  pongMs = 0,
}: ScriptedBrokerOptions = {}): Promise<ScriptedBroker> {
  const sockets = new Set<Socket>();
  const heard: Heard[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (;;) {
        const packet = firstPacket(waiting);
        if (!packet) return;
        waiting = waiting.subarray(packet.length);
        const kind = packet.bytes[0] ?? 0;
        heard.push({ kind, atMs: performance.now() });
        if (kind === connect) socket.write(Buffer.from([0x20, 2, 0, 0]));
        if (kind === subscribe) socket.write(Buffer.from([0x90, 3, 0, 1, granted]));
        if (kind === ping && pongs) setTimeout(() => socket.write(Buffer.from([0xd0, 0])), pongMs);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    say: (topic, payload) => {
      const body = Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic + payload)]);
      for (const socket of sockets) socket.write(Buffer.concat([Buffer.from([0x30, body.length]), body]));
    },
  };
}

/** The packet at the beginning of what has arrived, if it is there as a whole. */
function firstPacket(bytes: Buffer): { readonly bytes: Buffer; readonly length: number } | undefined {
  let size = 0;
  for (let index = 1; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    size |= (byte & 127) << (7 * (index - 1));
    if (byte & 128) continue;
    const length = index + 1 + size;
    return bytes.length < length ? undefined : { bytes: bytes.subarray(0, length), length };
  }
  return undefined;
}
