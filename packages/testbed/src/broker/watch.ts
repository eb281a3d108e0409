import type { Broker } from './broker.ts';
import { MessageWatch } from './message-watch.ts';

/**
 * Records what is published under a topic filter. It stands at the service itself: `dropSilently` does not cut it, and
 * after a stop it is back before any client is let in, so it misses nothing. It is not counted as a connection.
 *
 * @example
 * await using seen = await watch(broker, 'node-1/#');
 * await seen.waitFor(({ topic }) => topic === 'node-1/boot/status', { timeoutMs: 20_000 });
 * @throws BrokerError `BROKER_CLOSED`, `BROKER_START` where the broker does not answer.
 */
export async function watch(
  broker: Broker,
  topicFilter: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<MessageWatch> {
  const made = new MessageWatch(topicFilter, (closing) => {
    broker.removeObserver(closing);
  });
  try {
    await broker.addObserver(made, signal);
  } catch (error) {
    await made.close();
    throw error;
  }
  return made;
}
