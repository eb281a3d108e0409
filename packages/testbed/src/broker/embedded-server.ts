import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes, type Client } from 'aedes';
import { listen } from './free-port.ts';
import { PublishOrder } from './publish-order.ts';
import { ownClientPrefix, type BrokerServer, type ServerOptions, type ServerPorts } from './server.ts';

/** Aedes in this process. One instance for life: what it retains is in its memory. */
export class EmbeddedServer implements BrokerServer {
  readonly kind = 'embedded';
  readonly pid = undefined;
  readonly #options: ServerOptions;
  readonly #clients = new Set<Client>();
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #listeners: Server[] = [];
  #ports: ServerPorts | undefined;
  #connectCount = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get connectCount(): number {
    return this.#connectCount;
  }

  async start(): Promise<ServerPorts> {
    const aedes = (this.#aedes ??= await this.#createAedes());
    const { certificates } = this.#options;
    const plain = await this.#listen(
      createServer({ noDelay: true }, (socket) => aedes.handle(socket)),
      this.#ports?.plain,
    );
    this.#ports ??= { plain };
    if (certificates) {
      const { key, cert } = certificates;
      const server = createTlsServer({ key, cert, noDelay: true }, (socket) => aedes.handle(socket));
      this.#ports = { plain, tls: await this.#listen(server, this.#ports.tls) };
    }
    return this.#ports;
  }

  async stop(): Promise<void> {
    for (const listener of this.#listeners.splice(0)) listener.close();
    await Promise.all([...this.#clients].map(closed));
    for (const socket of this.#sockets) socket.destroy(); // those without a session: in a handshake, before CONNECT
  }

  async close(): Promise<void> {
    await this.stop();
    await new Promise<void>((resolve) => {
      if (this.#aedes) this.#aedes.close(resolve);
      else resolve();
    });
  }

  async #createAedes(): Promise<Aedes> {
    const order = new PublishOrder();
    const aedes = await Aedes.createBroker({
      authorizePublish: order.authorizePublish,
      authenticate: (_client, username, password, done) => {
        const wanted = this.#options.credentials;
        const right = username === wanted?.username && password?.toString() === wanted?.password;
        done(null, !wanted || right); // aedes answers false with CONNACK 5, not authorized
      },
    });
    order.watch(aedes);
    aedes.on('client', (client) => this.#clients.add(client));
    aedes.on('clientDisconnect', (client) => this.#clients.delete(client));
    aedes.on('clientReady', (client) => {
      if (!client.id.startsWith(ownClientPrefix)) this.#connectCount++;
    });
    return aedes;
  }

  async #listen(server: Server, port?: number): Promise<number> {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    const taken = await listen(server, port);
    this.#listeners.push(server);
    return taken;
  }
}

async function closed(client: Client): Promise<void> {
  return new Promise((resolve) => {
    client.close(resolve);
  });
}
