import { EmbeddedServer } from './embedded-server.ts';
import { BrokerError } from './broker-error.ts';
import { GatedBroker } from './gated-broker.ts';
import { loopback } from './free-port.ts';
import { makeCertificates } from '../certificates/make-certificates.ts';
import { MosquittoServer } from './mosquitto-server.ts';
import type { BrokerKind, Credentials } from './server.ts';
import type { Certificates } from '../certificates/certificate-authority.ts';
import type { ServerAddress } from './own-client.ts';

/** Options of {@link createBroker}. */
export interface BrokerOptions {
  /** Aedes in this process, or Mosquitto as a child process. @default 'embedded' */
  readonly kind?: BrokerKind;
  /** The plain port. By default a free one. */
  readonly port?: number;
  /** With it clients have to give this name and `password`; others get CONNACK 5. */
  readonly username?: string;
  readonly password?: string;
  /** Listens with TLS on a second port: with a certificate made for `localhost` and 127.0.0.1, or with yours. */
  readonly tls?: boolean | { readonly certificate: Certificates };
  readonly signal?: AbortSignal;
}

/** An MQTT 3.1.1 broker on loopback whose service, connections and network a test has in its hands. */
export interface Broker {
  readonly kind: BrokerKind;
  readonly host: string;
  /** Of the broker's own process while it runs, for those who measure it; the embedded one has none. */
  readonly pid: number | undefined;
  /** The same over stop and start. */
  readonly port: number;
  /** The same over stop and start; there is one where `tls` was asked for. */
  readonly tlsPort: number | undefined;
  /** PEM of the authority that signed the TLS certificate. */
  readonly ca: string | undefined;
  /** Connections of clients that are open now. */
  readonly connections: number;
  /** CONNECTs accepted since creation. */
  readonly connectCount: number;
  /** What clients have to give. A method, so that no log of this object shows it. */
  credentials(): Credentials | undefined;
  /** Starts the service again after {@link stop}; resolves once it answers. Nothing happens where it runs. */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Stops the service: closes its connections (FIN, or RST) and refuses new ones. Retained messages are kept. */
  stop(): Promise<void>;
  /** Stops, waits `downMs`, starts. Where `signal` ends the wait the service stays stopped. */
  restart(options: { readonly downMs: number; readonly signal?: AbortSignal }): Promise<void>;
  /**
   * From now on no byte passes and no FIN is sent; new connections get no answer. Clients learn it from their
   * keepalive only, and so does the service behind, which publishes their last wills meanwhile.
   */
  dropSilently(): void;
  /** Ends {@link dropSilently}: resets the silent connections, serves new ones. */
  resume(): void;
  /** Ends everything the broker started. It cannot be used again. */
  close(): Promise<void>;
  /** `await using` closes the broker. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Keeps an observer at the service itself, whatever happens between it and its clients. See `watch`. */
  addObserver(observer: BrokerObserver, signal?: AbortSignal): Promise<void>;
  /** Lets it go, without detaching it. */
  removeObserver(observer: BrokerObserver): void;
}

/** Something that is connected before any client of the broker is let in, and is let go when the service stops. */
export interface BrokerObserver {
  /** Called with the address of the broker whenever it is there again. */
  attach(address: ServerAddress, signal?: AbortSignal): Promise<void>;
  /** Called before the broker goes away. */
  detach(): Promise<void>;
}

/**
 * Makes a broker and starts it.
 *
 * @example
 * const broker = await createBroker({ username: 'site', password: 'secret', tls: true });
 * await broker.restart({ downMs: 1000 });
 * await broker.close();
 * @throws BrokerError `BROKER_OPTION`, `BROKER_NOT_INSTALLED`, `BROKER_START`.
 */
export async function createBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { kind = 'embedded', port, tls = false, signal } = options;
  signal?.throwIfAborted();
  const credentials = checkedCredentials(options);
  const certificates = await certificatesFor(tls);
  const serverOptions = { credentials, certificates };
  const server = kind === 'embedded' ? new EmbeddedServer(serverOptions) : new MosquittoServer(serverOptions);
  const broker = new GatedBroker(server, { ...serverOptions, port });
  try {
    await broker.start(signal && { signal });
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}

async function certificatesFor(tls: NonNullable<BrokerOptions['tls']>): Promise<Certificates | undefined> {
  if (typeof tls === 'object') return tls.certificate;
  return tls ? makeCertificates({ names: ['localhost', loopback] }) : undefined;
}

function checkedCredentials({ username, password }: BrokerOptions): Credentials | undefined {
  if (username === undefined && password === undefined) return undefined;
  if (!username || password === undefined || /[:\s]/.test(username)) {
    throw new BrokerError(
      'BROKER_OPTION',
      'A broker with authentication needs both username (no colon or space in it) and password',
    );
  }
  return { username, password };
}
