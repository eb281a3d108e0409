import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { within } from './deadline.ts';
import { FleetError } from './errors.ts';

/** Where the broker is and who asks. */
export interface BrokerAccess {
  /** `mqtt://host:port` or `mqtts://host:port`; credentials do not belong into it. */
  readonly url: string;
  /** Where the broker wants one. */
  readonly username?: string;
  /** Where the broker wants one. */
  readonly password?: string;
  /** PEM of the authority that signed the broker's certificate, where the system does not know it. */
  readonly ca?: string;
}

/**
 * Connects to the broker; afterwards the connection repairs itself.
 *
 * @throws FleetError `FLEET_OPTION`, `FLEET_CONNECT`; the signal's reason.
 */
export async function connectBroker(
  { url, username, password, ca }: BrokerAccess,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<MqttClient> {
  const { protocol, host } = checkedUrl(url);
  signal?.throwIfAborted();
  const options: IClientOptions = {
    connectTimeout: timeoutMs,
    reconnectPeriod: 1_000,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { ca }),
  };
  const client = connect(`${protocol}//${host}`, options);
  try {
    // The client's own limit begins when the socket is open: an address where nobody answers would be waited for longer.
    await within(connected(client), timeoutMs, signal, () => new Error(`no answer within ${timeoutMs} ms`));
    return client;
  } catch (cause) {
    client.end(true);
    if (signal?.aborted) throw signal.reason;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const refused = /not authorized|bad user name/i.test(reason);
    const remedy = refused ? 'check user name and password' : 'is it running, and is the address right?';
    throw new FleetError('FLEET_CONNECT', `cannot connect to the broker at ${host}: ${reason}; ${remedy}`, {
      cause,
    });
  }
}

/** Without retries: a broker that is not there or refuses us is reported, not asked again and again. */
function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => {
      resolve();
    });
    // It stays: of what comes after the first answer nobody else takes care until the fleet does.
    client.on('error', reject);
    client.once('close', () => {
      reject(new Error('the connection was closed'));
    });
  });
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['mqtt:', 'mqtts:', 'ws:', 'wss:'].includes(url.protocol)) {
    throw new FleetError('FLEET_OPTION', "the broker's url must be mqtt://host:port or mqtts://host:port");
  }
  if (url.username || url.password) {
    throw new FleetError(
      'FLEET_OPTION',
      "the broker's url must not hold a user name: use username and password",
    );
  }
  return url;
}
