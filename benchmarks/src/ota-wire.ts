import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What passed between a node and its Git server since the last {@link OtaWire.reset}. */
export interface WireTraffic {
  /** Both ways, heads of requests and answers too. */
  readonly bytes: number;
  readonly connections: number;
  /** From the first byte to the last. */
  readonly seconds: number;
}

/** A way to the Git server on which every byte is counted. */
export class OtaWire implements AsyncDisposable {
  readonly port: number;
  readonly #server: ReturnType<typeof createServer>;
  readonly #open: Set<Socket>;
  #bytes = 0;
  #connections = 0;
  #first: number | undefined;
  #last = 0;

  private constructor(server: ReturnType<typeof createServer>, open: Set<Socket>) {
    this.#server = server;
    this.#open = open;
    this.port = (server.address() as AddressInfo).port;
  }

  static async to(port: number): Promise<OtaWire> {
    const open = new Set<Socket>();
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wire = new OtaWire(server, open);
    server.on('connection', (near) => {
      wire.#pass(near, connect({ port, host: '127.0.0.1', noDelay: true }));
    });
    return wire;
  }

  get traffic(): WireTraffic {
    const seconds = this.#first === undefined ? 0 : (this.#last - this.#first) / 1000;
    return { bytes: this.#bytes, connections: this.#connections, seconds };
  }

  reset(): void {
    this.#bytes = this.#connections = 0;
    this.#first = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #pass(near: Socket, far: Socket): void {
    this.#connections++;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(from);
      from.on('data', (bytes) => {
        this.#bytes += bytes.length;
        this.#last = performance.now();
        this.#first ??= this.#last;
        to.write(bytes);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#open.delete(from);
        to.destroySoon();
      });
    }
  }
}
