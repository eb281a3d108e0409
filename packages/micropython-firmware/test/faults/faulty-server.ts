import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Answer, Answers } from './answers.ts';
import type { Kind } from './kinds.ts';

/** What goes wrong with every request for one path. */
export interface Fault {
  readonly path: string;
  readonly kind: Kind;
  readonly place: number;
  /** What comes in place of the answer, for kinds that swap. */
  readonly other: Answer | undefined;
}

/** Passes on a server's answers, but for those to one path. */
export class FaultyServer {
  readonly port: number;
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #answers: Answers;
  readonly #open = new Set<Socket>();
  #server: Server | undefined;
  #fault: Fault | undefined;

  private constructor(server: Server, answers: Answers) {
    this.port = (server.address() as AddressInfo).port;
    this.#answers = answers;
    this.#serve(server);
  }

  static async start(answers: Answers): Promise<FaultyServer> {
    return new FaultyServer(await listen(0), answers);
  }

  async meet(fault: Fault): Promise<void> {
    await this.recover();
    this.#fault = fault;
  }

  /** All goes well from now on. */
  async recover(): Promise<void> {
    this.#fault = undefined;
    if (!this.#server) this.#serve(await listen(this.port));
  }

  close(): void {
    this.#refuse();
    for (const socket of this.#open) socket.destroy();
  }

  #refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #serve(server: Server): void {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
      // The node may go away at any time.
      socket.on('error', () => socket.destroy());
      let request = '';
      socket.on('data', (bytes) => {
        request += bytes.toString('latin1');
        if (!request.endsWith('\r\n\r\n')) return;
        const path = request.split(' ', 2)[1] ?? '';
        request = '';
        this.#answer(socket, path).catch((error: unknown) => socket.destroy(error as Error));
      });
    });
  }

  async #answer(socket: Socket, path: string): Promise<void> {
    this.asked.push(path);
    const fault = this.#fault?.path === path ? this.#fault : undefined;
    const answer = await this.#answers.to(path);
    if (!fault) {
      socket.write(answer.bytes);
      return;
    }
    fault.kind.send({
      socket,
      answer,
      other: fault.other,
      place: fault.place,
      refuse: () => {
        this.#refuse();
      },
    });
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer({ noDelay: true });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
