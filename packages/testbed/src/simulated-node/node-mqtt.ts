import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';
import type { SimulatedNodeOptions } from './simulated-node-types.ts';

const connectMs = 3_000;
const protocolVersion = 4;

export interface NodeMqttEvents {
  message: [message: { topic: string; text: string; retained: boolean }];
  /** Once, unless it was closed here. */
  lost: [];
}

/** A node's one connection to the broker: QoS 0, a last will, and a ping after silence. It is never repaired. */
export class NodeMqtt extends EventEmitter<NodeMqttEvents> {
  readonly #socket: Socket;
  readonly #silence: NodeJS.Timeout;
  readonly #name: string;
  #asked = false;
  #over = false;
  #ponged: () => void = () => undefined;

  private constructor(socket: Socket, name: string, keepalive: number) {
    super();
    this.#socket = socket;
    this.#name = name;
    this.#silence = setTimeout(() => {
      this.#silent();
    }, keepalive * 500);
    this.#silence.unref();
  }

  /** @throws the socket's error, or an Error where the broker does not let the node in. */
  static async connect({ name, broker, mqttKeepalive = 20 }: SimulatedNodeOptions): Promise<NodeMqtt> {
    const socket = connect({ host: broker.host, port: broker.port, noDelay: true });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(connectMs) });
      const self = new NodeMqtt(socket, name, mqttKeepalive);
      await self.#enter(broker, mqttKeepalive);
      return self;
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      throw error;
    }
  }

  /** Subscribes to what is said to this node, and waits until the retained part has come. */
  async listen(): Promise<void> {
    for (const topic of [`ota/target/${this.#name}`, `ota/cmd/${this.#name}`, 'ota/cmd/all']) {
      this.#send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] });
    }
    const answered = new Promise<void>((resolve) => {
      this.#ponged = resolve;
    });
    this.#ask();
    await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  }

  /** Publishes below the node's name. */
  publish(tag: string, payload: string, retain = false): void {
    this.#send({ cmd: 'publish', topic: `${this.#name}/${tag}`, payload, qos: 0, dup: false, retain });
  }

  /** Ends the connection without a word, as a reset does. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#silence);
    this.#socket.destroy();
  }

  async #enter(broker: SimulatedNodeOptions['broker'], keepalive: number): Promise<void> {
    const name = this.#name;
    const packets = parser({ protocolVersion });
    const entered = new Promise<void>((resolve, reject) => {
      packets.on('packet', (packet: Packet) => {
        this.#silence.refresh();
        if (packet.cmd === 'connack') {
          if (packet.returnCode)
            reject(new Error(`the broker does not let ${name} in (${packet.returnCode})`));
          else resolve();
        } else this.#receive(packet);
      });
      packets.on('error', (error: Error) => this.#socket.destroy(error));
      this.#socket.on('data', (bytes) => packets.parse(bytes));
      this.#socket.on('error', reject);
      this.#socket.on('close', () => {
        reject(new Error('the broker closed the connection'));
        this.#lost();
      });
    });
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion,
      clean: true,
      clientId: name,
      keepalive,
      will: {
        topic: `${name}/ota/state`,
        payload: JSON.stringify({ node: name, online: false }),
        qos: 0,
        retain: true,
      },
      ...(broker.username && {
        username: broker.username,
        password: Buffer.from(broker.password ?? ''),
      }),
    });
    const timer = setTimeout(() => this.#socket.destroy(new Error('no CONNACK')), connectMs);
    await entered.finally(() => {
      clearTimeout(timer);
    });
  }

  #receive(packet: Packet): void {
    if (packet.cmd === 'pingresp') {
      this.#asked = false;
      this.#ponged();
    } else if (packet.cmd === 'publish') {
      const { topic, payload, retain } = packet;
      this.emit('message', { topic, text: payload.toString(), retained: retain });
    }
  }

  /** Asks for a sign of life; the second silence after it means that the broker is gone. */
  #silent(): void {
    if (this.#asked) {
      this.#lost();
      return;
    }
    this.#ask();
    this.#silence.refresh();
  }

  #ask(): void {
    this.#asked = true;
    this.#send({ cmd: 'pingreq' });
  }

  #send(packet: Packet): void {
    if (!this.#over) this.#socket.write(generate(packet));
  }

  #lost(): void {
    if (this.#over) return;
    this.close();
    this.emit('lost');
  }
}
