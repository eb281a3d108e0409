import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Broker } from '../../../src/broker/broker.ts';

/** Makes clients that never reconnect by themselves, and closes them all in the end. */
export class Clients {
  readonly #mqtt: MqttClient[] = [];
  readonly #tcp: Socket[] = [];

  /** Resolves with a connected client; rejects with the first error (`code` of a CONNACK refusal) or close. */
  async mqtt(broker: Broker, options: IClientOptions = {}): Promise<MqttClient> {
    const client = connect({
      protocol: 'mqtt',
      host: broker.host,
      port: broker.port,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      ...options,
    });
    this.#mqtt.push(client);
    const failures: Error[] = [];
    client.on('error', (error) => failures.push(error));
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => {
        resolve();
      });
      client.once('close', () => {
        reject(failures[0] ?? new Error('closed without an error'));
      });
    });
    return client;
  }

  async mqtts(broker: Broker, options: IClientOptions = {}): Promise<MqttClient> {
    return this.mqtt(broker, { protocol: 'mqtts', port: broker.tlsPort ?? 0, ...options });
  }

  async tcp(broker: Broker): Promise<RawClient> {
    const socket = connectTcp({ host: broker.host, port: broker.port });
    this.#tcp.push(socket);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  async close(): Promise<void> {
    for (const socket of this.#tcp.splice(0)) socket.destroy();
    await Promise.all(this.#mqtt.splice(0).map((client) => client.endAsync(true)));
  }
}

/** A TCP connection with the little MQTT that needs no library: what arrives, and how it ends. */
export class RawClient {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  /** `FIN`, or the code of the error. */
  ended: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => (this.received = Buffer.concat([this.received, bytes])));
    socket.on('end', () => (this.ended ??= 'FIN'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.ended ??= error.code ?? error.message));
  }

  /** CONNECT, MQTT 3.1.1, clean session, keepalive in seconds (0: none). */
  sendConnect(id: string, keepalive = 0): void {
    const variable = Buffer.from([
      0,
      4,
      ...Buffer.from('MQTT'),
      4,
      2,
      keepalive >> 8,
      keepalive & 255,
      0,
      id.length,
    ]);
    this.socket.write(
      Buffer.concat([Buffer.from([0x10, variable.length + id.length]), variable, Buffer.from(id)]),
    );
  }

  sendPing(): void {
    this.socket.write(Buffer.from([0xc0, 0]));
  }
}

/** `ECONNREFUSED` where nobody listens, `open` where somebody does. */
export async function knock(port: number, host = '127.0.0.1'): Promise<string> {
  const socket = connectTcp({ host, port });
  try {
    await once(socket, 'connect');
    return 'open';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}
