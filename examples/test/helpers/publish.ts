import type { Broker } from '@ota/testbed';
import { connectAsync } from 'mqtt';

/** Publishes one message, as anybody on the network can. */
export async function publish(broker: Broker, topic: string, payload: string): Promise<void> {
  const client = await connectAsync({ host: broker.host, port: broker.port });
  try {
    await client.publishAsync(topic, payload, { qos: 1 });
  } finally {
    await client.endAsync();
  }
}
