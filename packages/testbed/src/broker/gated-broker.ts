import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerError } from './broker-error.ts';
import type { Broker, BrokerObserver } from './broker.ts';
import { loopback } from './free-port.ts';
import type { ServerAddress } from './own-client.ts';
import type { BrokerKind, BrokerServer, Credentials, ServerOptions, ServerPorts } from './server.ts';
import { TcpGate } from './tcp-gate.ts';

interface GatedBrokerOptions extends ServerOptions {
  readonly port?: number | undefined;
}

/** A server with a gate before each of its ports. Starting, stopping and closing wait for each other. */
export class GatedBroker implements Broker {
  readonly host = loopback;
  readonly #server: BrokerServer;
  readonly #credentials: Credentials | undefined;
  readonly #ca: string | undefined;
  readonly #plain: TcpGate;
  readonly #tls: TcpGate | undefined;
  readonly #observers = new Set<BrokerObserver>();
  #ports: ServerPorts | undefined;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(server: BrokerServer, { credentials, certificates, port }: GatedBrokerOptions) {
    this.#server = server;
    this.#credentials = credentials;
    this.#ca = certificates?.ca;
    this.#plain = new TcpGate(port);
    this.#tls = certificates && new TcpGate();
  }

  get kind(): BrokerKind {
    return this.#server.kind;
  }

  get pid(): number | undefined {
    return this.#server.pid;
  }

  get port(): number {
    return this.#plain.port;
  }

  get tlsPort(): number | undefined {
    return this.#tls?.port;
  }

  get ca(): string | undefined {
    return this.#ca;
  }

  get connections(): number {
    return this.#gates.reduce((sum, gate) => sum + gate.connections, 0);
  }

  get connectCount(): number {
    return this.#server.connectCount;
  }

  credentials(): Credentials | undefined {
    return this.#credentials;
  }

  async start({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#inTurn(() => this.#start(signal));
  }

  async stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  async restart({
    downMs,
    signal,
  }: {
    readonly downMs: number;
    readonly signal?: AbortSignal;
  }): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stop();
      await sleep(downMs, undefined, signal && { signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
      await this.#start(signal);
    });
  }

  dropSilently(): void {
    this.#refuseIfClosed();
    for (const gate of this.#gates) gate.silence();
  }

  resume(): void {
    for (const gate of this.#gates) gate.resume();
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#inTurn(() => Promise.resolve());
    this.#closed = true;
    return this.#inTurn(async () => {
      await this.#stop();
      await Promise.all(this.#gates.map((gate) => gate.close()));
      await this.#server.close();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async addObserver(observer: BrokerObserver, signal?: AbortSignal): Promise<void> {
    this.#refuseIfClosed();
    return this.#inTurn(async () => {
      if (this.#address) await observer.attach(this.#address, signal);
      this.#observers.add(observer);
    });
  }

  removeObserver(observer: BrokerObserver): void {
    this.#observers.delete(observer);
  }

  get #gates(): readonly TcpGate[] {
    return this.#tls ? [this.#plain, this.#tls] : [this.#plain];
  }

  get #address(): ServerAddress | undefined {
    return this.#ports && { port: this.#ports.plain, credentials: this.#credentials };
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined); // its caller hears of a failure; the next in turn need not
    return result;
  }

  async #start(signal?: AbortSignal): Promise<void> {
    this.#refuseIfClosed();
    signal?.throwIfAborted();
    if (this.#ports) return;
    try {
      const ports = (this.#ports = await this.#server.start(signal));
      const address = { port: ports.plain, credentials: this.#credentials };
      await Promise.all([...this.#observers].map((observer) => observer.attach(address, signal)));
      await this.#plain.open(ports.plain);
      if (ports.tls !== undefined) await this.#tls?.open(ports.tls);
    } catch (error) {
      await this.#stop();
      signal?.throwIfAborted();
      if (error instanceof BrokerError) throw error;
      throw new BrokerError('BROKER_START', `The ${this.kind} broker did not start`, { cause: error });
    }
  }

  async #stop(): Promise<void> {
    for (const gate of this.#gates) gate.refuse();
    await this.#server.stop();
    await Promise.all([...this.#observers].map((observer) => observer.detach()));
    await Promise.all(this.#gates.map((gate) => gate.drain()));
    this.#ports = undefined;
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new BrokerError('BROKER_CLOSED', 'This broker was closed: make a new one');
  }
}
