import { once } from 'node:events';
import { connect } from 'node:net';
import type { Broker } from '@ota/testbed';

/** Publishes messages, topic by topic, as another client than the node. */
export async function publish(
  broker: Broker,
  messages: Readonly<Record<string, string>>,
  { retain = false } = {},
): Promise<void> {
  const socket = connect(broker.port, broker.host);
  socket.write(packet(0x10, text('MQTT'), Buffer.from([4, 2, 0, 0]), text('test')));
  await once(socket, 'data'); // CONNACK
  for (const [topic, payload] of Object.entries(messages)) {
    socket.write(packet(retain ? 0x31 : 0x30, text(topic), Buffer.from(payload)));
  }
  const closed = once(socket, 'close');
  socket.end(packet(0xe0));
  socket.resume();
  await closed;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** An MQTT packet. */
function packet(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = [type];
  let { length } = body;
  for (; length > 127; length >>= 7) head.push((length & 127) | 128);
  return Buffer.concat([Buffer.from([...head, length]), body]);
}
