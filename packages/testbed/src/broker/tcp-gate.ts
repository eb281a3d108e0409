import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen, loopback } from './free-port.ts';

/** How long clients get to take what was sent to them before a stopping service resets them. */
const flushMs = 1_000;

interface Passage {
  readonly client: Socket;
  readonly upstream?: Socket;
  /** No byte and no FIN passes any more; only a reset will end it. */
  silent: boolean;
}

/**
 * A TCP port in front of a service. The port stays the same while the service comes and goes, and the gate can go
 * silent as a network does that loses every packet.
 */
export class TcpGate {
  readonly #passages = new Set<Passage>();
  #server: Server | undefined;
  #port: number | undefined;
  #target: number | undefined;
  #silent = false;

  /** @param port - the public port; without it a free one is taken at the first {@link open}. */
  constructor(port?: number) {
    this.#port = port;
  }

  /** The public port; 0 until the gate was opened for the first time. */
  get port(): number {
    return this.#port ?? 0;
  }

  /** Connections of clients that are open now, silent ones too. */
  get connections(): number {
    return [...this.#passages].filter(({ client }) => !client.closed).length;
  }

  /**
   * Lets clients through to a port on loopback, at once or, while the gate is silent, from {@link resume} on.
   *
   * @throws the system's error where the public port is taken.
   */
  async open(target: number): Promise<void> {
    if (!this.#server) {
      const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) => {
        this.#accept(client);
      });
      this.#port = await listen(server, this.#port);
      this.#server = server;
    }
    this.#target = target;
  }

  /** Refuses new clients from now on, as the kernel does where nobody listens. A silent gate answers nobody anyway. */
  refuse(): void {
    this.#target = undefined;
    if (!this.#silent) this.#stopListening();
  }

  /** Waits until the clients of a service that stopped have got its last bytes and its FIN; resets those that linger. */
  async drain(): Promise<void> {
    const ending = [...this.#passages].filter((passage) => !passage.silent);
    const ended = Promise.all(ending.map(closed));
    await Promise.race([ended, sleep(flushMs, undefined, { ref: false })]);
    for (const passage of ending) reset(passage);
    await ended;
  }

  /** From now on nothing passes and nobody is told. New connections are taken by the kernel and never answered. */
  silence(): void {
    this.#silent = true;
    for (const passage of this.#passages) {
      passage.silent = true;
      for (const socket of sockets(passage)) {
        socket.unpipe();
        socket.pause();
      }
    }
  }

  /** Ends the silence: resets what was connected in it, and serves or refuses new clients. */
  resume(): void {
    this.#silent = false;
    for (const passage of this.#passages) {
      if (passage.silent) reset(passage);
    }
    if (this.#target === undefined) this.#stopListening();
  }

  /** Resets every client and frees the port. */
  async close(): Promise<void> {
    this.#silent = false;
    this.refuse();
    const ended = Promise.all([...this.#passages].map(closed));
    for (const passage of this.#passages) reset(passage);
    await ended;
  }

  #stopListening(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #accept(client: Socket): void {
    if (this.#silent || this.#target === undefined) {
      this.#track({ client, silent: true });
      return;
    }
    const upstream = connect({ host: loopback, port: this.#target, noDelay: true });
    const passage = { client, upstream, silent: false };
    this.#track(passage);
    this.#forward(passage, client, upstream);
    this.#forward(passage, upstream, client);
  }

  /**
   * A pipe passes on bytes and the FIN. What it leaves to us is a reset, and a connection that is gone altogether. A
   * client may say FIN and go on listening; a service that says FIN is taken to be gone, as brokers never do otherwise.
   */
  #forward(passage: Passage, from: Socket, to: Socket): void {
    from.pipe(to);
    from.once('error', () => {
      if (!passage.silent) abort(to);
    });
    from.once('close', () => {
      if (!passage.silent) to.destroySoon();
    });
  }

  #track(passage: Passage): void {
    this.#passages.add(passage);
    // Nothing else listens while the passage is silent, and an error that nobody listens to ends the process.
    for (const socket of sockets(passage)) socket.once('error', () => socket.destroy());
    void closed(passage).then(() => this.#passages.delete(passage));
  }
}

function sockets({ client, upstream }: Passage): Socket[] {
  return upstream ? [client, upstream] : [client];
}

function reset({ client, upstream }: Passage): void {
  abort(client);
  upstream?.destroy();
}

/** Node cannot reset a socket that is about to send its FIN: libuv refuses, and the socket would never be closed. */
function abort(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}

async function closed(passage: Passage): Promise<void> {
  for (const socket of sockets(passage)) {
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  }
}
