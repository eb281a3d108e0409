import type { Certificates } from '../certificates/certificate-authority.ts';

/** Which program answers. */
export type BrokerKind = 'embedded' | 'mosquitto';

/** Client ids that start so belong to the testbed itself and are not counted. */
export const ownClientPrefix = 'testbed-own-';

/** What clients have to give to be let in. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What both servers are made from. */
export interface ServerOptions {
  readonly credentials?: Credentials | undefined;
  readonly certificates?: Certificates | undefined;
}

/** Where a server listens on loopback. The same after each start. */
export interface ServerPorts {
  readonly plain: number;
  readonly tls?: number;
}

/** An MQTT server behind the gate. It keeps retained messages and sessions over stop and start, as a real one does. */
export interface BrokerServer {
  readonly kind: BrokerKind;
  /** CONNECTs accepted since creation, without the testbed's own. */
  readonly connectCount: number;
  /** Of a program that runs beside this one. */
  readonly pid: number | undefined;
  /** Resolves once CONNECTs are answered. */
  start(signal?: AbortSignal): Promise<ServerPorts>;
  /** Publishes the last wills and closes all connections. */
  stop(): Promise<void>;
  /** Stops, and frees what the server kept for the next start. */
  close(): Promise<void>;
}
