import { randomUUID } from 'node:crypto';
import { connect, type MqttClient } from 'mqtt';
import { BrokerError } from './broker-error.ts';
import { within } from './deadline.ts';
import { loopback } from './free-port.ts';
import { ownClientPrefix, type Credentials } from './server.ts';

/** How often a lost connection is tried again, in ms. Everything is on this machine, so it may be often. */
const retryMs = 50;

/** Where the testbed's own clients connect: at the server itself, beside the gate that tests close and silence. */
export interface ServerAddress {
  readonly port: number;
  readonly credentials?: Credentials | undefined;
}

/** Options of {@link connectOwnClient}. */
export interface OwnClientOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before the first message can arrive. */
  readonly prepare?: (client: MqttClient) => void;
}

/**
 * Connects a client of the testbed itself, which connects again by itself whenever it loses the server.
 *
 * @throws BrokerError `BROKER_START` where the server does not accept it in time.
 */
export async function connectOwnClient(
  { port, credentials }: ServerAddress,
  { timeoutMs, signal, prepare }: OwnClientOptions,
): Promise<MqttClient> {
  const client = connect({
    protocol: 'mqtt',
    host: loopback,
    port,
    clientId: ownClientPrefix + randomUUID(),
    reconnectPeriod: retryMs,
    reconnectOnConnackError: true,
    ...credentials,
  });
  let last: Error | undefined;
  client.on('error', (error) => (last = error));
  prepare?.(client);
  const expired = (): BrokerError =>
    new BrokerError('BROKER_START', `No CONNACK from ${loopback}:${port} within ${timeoutMs} ms`, {
      cause: last,
    });
  try {
    await within(new Promise((resolve) => client.once('connect', resolve)), { timeoutMs, signal, expired });
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
  return client;
}
