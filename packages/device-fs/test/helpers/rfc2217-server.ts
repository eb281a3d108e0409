import { createServer, type AddressInfo, type Socket } from 'node:net';
import { plugIn, type VirtualNode } from '@ota/testbed';
import { onTestFinished } from 'vitest';

const [iac, dont, doIt, wont, will, sb, se] = [255, 254, 253, 252, 251, 250, 240];
const comPort = 44;
const telnetBinary = 0;
const setBaudRate = 1;

export interface PortServer {
  address: string;
  /** What clients asked of the port: command and payload, in order. */
  asked: [command: number, ...payload: number[]][];
}

export interface PortServerOptions {
  /** To have its port controlled. @default true */
  agrees?: boolean;
  /** Says that it has set DTR and RTS. @default true */
  answersLines?: boolean;
  /** Carries all bytes as they are, to the board and from it. @default true */
  binary?: { there?: boolean; back?: boolean };
  /** The rate that its port has, whatever is asked for. */
  baudRate?: number;
  /** How many bytes it sends in one go. */
  bytesAtOnce?: number;
}

/** A serial port on a Telnet server, with a node at its other end. Written from RFC 2217, not from our client. */
export async function rfc2217Server(node: VirtualNode, options: PortServerOptions = {}): Promise<PortServer> {
  const { agrees = true, answersLines = true, bytesAtOnce = Infinity, binary = {}, baudRate } = options;
  const asked: PortServer['asked'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const cable = plugIn(node.console);
    const double = (bytes: Buffer): Buffer =>
      Buffer.from([...bytes].flatMap((byte) => (byte === iac ? [iac, iac] : [byte])));
    socket.setNoDelay(true);
    const say = (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length; at += bytesAtOnce)
        socket.write(bytes.subarray(at, at + bytesAtOnce));
    };
    cable.on('data', (bytes: Buffer) => {
      say(double(bytes));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => cable.destroy());
    say(Buffer.from([iac, will, 1])); // offers to echo, as some servers do
    let pending = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      for (let used = take(pending); used > 0; used = take(pending)) pending = pending.subarray(used);
    });
    const take = (bytes: Buffer): number => {
      if (bytes.length === 0) return 0;
      if (bytes[0] !== iac) {
        const end = bytes.indexOf(iac);
        const data = end < 0 ? bytes : bytes.subarray(0, end);
        cable.write(Buffer.from(data));
        return data.length;
      }
      const [, command = 0, option = 0] = bytes;
      if (bytes.length < 2) return 0;
      if (command === iac) {
        cable.write(Buffer.from([iac]));
        return 2;
      }
      if (bytes.length < 3) return 0;
      if (command === will || command === wont || command === doIt || command === dont) {
        const { there = true, back = true } = option === telnetBinary ? binary : {};
        if (command === will) say(Buffer.from([iac, agrees && there ? doIt : dont, option]));
        if (command === doIt) say(Buffer.from([iac, back ? will : wont, option]));
        return 3;
      }
      const end = bytes.indexOf(Buffer.from([iac, se]));
      if (command !== sb || end < 0) return 0;
      const payload = [...bytes.subarray(3, end)];
      if (option === comPort) {
        const [code = 0, ...rest] = payload;
        asked.push([code, ...rest]);
        const isLine = code === 5 && (rest[0] ?? 0) > 7;
        const done = code === setBaudRate && baudRate !== undefined ? bigEndian(baudRate) : rest;
        if (!isLine || answersLines) say(Buffer.from([iac, sb, comPort, code + 100, ...done, iac, se]));
      }
      return end + 2;
    };
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: `rfc2217://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
