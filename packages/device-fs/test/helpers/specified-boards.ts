import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket as TcpSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { plugIn, VirtualNode, type LinkModel, type Tool } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { MicroPythonDevice, type ConnectOptions } from '../../src/index.ts';
import { esp32 } from './boards.ts';
import { startMicrobit } from './microbit.ts';

/** What a board's firmware may lack. What it lacks is refused; a test says so for each. */
export interface Abilities {
  directories: boolean;
  rename: boolean;
  space: boolean;
  mount: boolean;
  compiled: boolean;
}

/** A board that is on, at an address. */
export interface BoardAtAddress {
  address: string;
  /** Pulls the cable. */
  pull: () => Promise<void>;
  /** Plugs it in again, at the same address. */
  plugIn: () => Promise<void>;
  /** No file is left. */
  wipe: () => Promise<void>;
  powerOff: () => Promise<void>;
}

/** The board, once it has been started. */
export type BoardUnderTest = () => BoardAtAddress;

export interface BoardKind {
  name: string;
  needs: readonly Tool[];
  has: Abilities;
  start: () => Promise<BoardAtAddress>;
}

const everything: Abilities = { directories: true, rename: true, space: true, mount: true, compiled: true };
const nothing: Abilities = {
  directories: false,
  rename: false,
  space: false,
  mount: false,
  compiled: false,
};

/** The boards that all of the specification runs on: two that this project made, and one that it did not. */
export const specifiedBoards: readonly BoardKind[] = [
  { name: 'a virtual node', needs: [], has: everything, start: () => virtualNode() },
  {
    name: 'a virtual node at the end of a 115200 baud UART',
    needs: [],
    has: everything,
    start: () => virtualNode(esp32),
  },
  { name: 'a micro:bit in QEMU', needs: ['qemu-system-arm'], has: nothing, start: microbitBoard },
];

async function virtualNode(link?: LinkModel): Promise<BoardAtAddress> {
  const node = await VirtualNode.create();
  await node.powerOn();
  // One cable for all connections, as a serial server has: what an earlier one sent arrives before what a later one sends.
  const cable = plugIn(node.console, link).on('error', () => undefined);
  const socket = new BoardSocket(() => cable);
  await socket.open();
  return {
    address: socket.address,
    pull: () => socket.close(),
    plugIn: () => socket.open(),
    wipe: () => {
      const { files, directories } = node.flash.image();
      const top = new Set([...files.keys(), ...directories].map((path) => `/${path.split('/')[1] ?? ''}`));
      for (const path of top) node.flash.removeTree(path);
      return Promise.resolve();
    },
    powerOff: async () => {
      await socket.close();
      cable.destroy();
      await node.close();
    },
  };
}

async function microbitBoard(): Promise<BoardAtAddress> {
  const { port, powerOff } = await startMicrobit();
  // QEMU takes one connection at a time, and this is what can be pulled from it.
  const socket = new BoardSocket((near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    near.once('close', () => far.destroy());
    return far.on('error', () => undefined).once('close', () => near.destroy());
  });
  await socket.open();
  return {
    address: socket.address,
    pull: () => socket.close(),
    plugIn: () => socket.open(),
    wipe: () =>
      withAddress(socket.address, async (device) => {
        await device.exec('import os\nfor n in os.listdir(): os.remove(n)');
        await device.reset('soft', { skipMain: true }); // its heap is small: names of other tests go too
      }),
    powerOff: async () => {
      await socket.close();
      await powerOff();
    },
  };
}

/** A TCP port in front of a board, which can be closed and opened again. */
class BoardSocket {
  #port = 0;
  readonly #connections = new Set<TcpSocket>();
  readonly #server: Server;

  /** @param board - the board's end for a connection. */
  constructor(board: (near: TcpSocket) => Duplex) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = board(near);
      const hear = (bytes: Buffer): boolean => near.write(bytes);
      this.#connections.add(near);
      far.on('data', hear);
      near
        .on('error', () => undefined) // it closes then
        .on('data', (bytes: Buffer) => far.write(bytes))
        .once('close', () => {
          far.off('data', hear).resume(); // what nobody hears is lost
          this.#connections.delete(near);
        });
    });
  }

  get address(): string {
    return `socket://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}

/** The same tests on each of the boards, which are started once and get an empty file system for each test. */
export function describeBoards(what: string, body: (board: BoardUnderTest, has: Abilities) => void): void {
  for (const { name, needs, has, start } of specifiedBoards) {
    describeWithTools(needs, `${what} of ${name}`, () => {
      let board: BoardAtAddress | undefined = undefined;
      beforeAll(async () => {
        board = await start();
      });
      beforeEach(() => board?.wipe());
      afterAll(() => board?.powerOff());
      body(() => {
        if (board === undefined) throw new Error(`${name} was not started`);
        return board;
      }, has);
    });
  }
}

/** Connects, does it, leaves the board in peace. */
export async function withDevice<T>(
  board: BoardAtAddress,
  action: (device: MicroPythonDevice) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  return withAddress(board.address, action, options);
}

async function withAddress<T>(
  address: string,
  action: (device: MicroPythonDevice) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  const device = await MicroPythonDevice.connect(address, options);
  try {
    return await action(device);
  } finally {
    await device.close();
  }
}

/** All values of a byte, some of them twice. */
export const everyByte = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  randomBytes(100),
]);
