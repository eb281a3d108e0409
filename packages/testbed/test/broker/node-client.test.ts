import { connectAsync } from 'mqtt';
import { VirtualNode } from '@ota/virtual-device';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBroker, type Broker, type BrokerOptions } from '../../src/broker/broker.ts';
import type { BrokerKind } from '../../src/broker/server.ts';
import { watch } from '../../src/broker/watch.ts';
import { makeCertificates } from '../../src/certificates/make-certificates.ts';
import { describeWithTools } from '../../src/vitest.ts';

const joinWifi = `
import network, time
wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect('site', '')
while not wlan.isconnected():
    time.sleep_ms(10)
`;

async function startBroker(options: BrokerOptions): Promise<Broker> {
  const broker = await createBroker(options);
  onTestFinished(() => broker.close());
  return broker;
}

async function startNode(): Promise<VirtualNode> {
  const node = await VirtualNode.create();
  onTestFinished(() => node.close());
  await node.powerOn();
  await node.exec(joinWifi);
  return node;
}

/** Runs Python on the node and returns what it printed, or its traceback. */
async function python(node: VirtualNode, source: string): Promise<string> {
  const { output, traceback } = await node.exec(source, { timeoutMs: 20_000 });
  return output + traceback;
}

function specifyNodeClient(kind: BrokerKind): void {
  it('publishes, subscribes and takes messages', async () => {
    const broker = await startBroker({ kind, username: 'site', password: 'secret' });
    const seen = await watch(broker, 'node/#');
    const node = await startNode();

    const output = await python(
      node,
      `
from umqtt.simple import MQTTClient
c = MQTTClient('node', '${broker.host}', ${broker.port}, 'site', 'secret', 60)
c.set_last_will('node/state', 'gone')
got = []
c.set_callback(lambda topic, msg: got.append((topic, len(msg))))
print(c.connect())
c.subscribe('node/echo', 1)
print(c.check_msg())
c.publish('node/echo', 'x' * 20000, qos=1)
while not got: # Mosquitto sends the message before the acknowledgement, aedes after it
    c.wait_msg()
print(got)
c.ping()
print(c.wait_msg())
c.disconnect()
`,
    );
    expect(output).toBe("0\nNone\n[(b'node/echo', 20000)]\nNone\n");
    expect(seen.messages).toMatchObject([{ topic: 'node/echo', payload: 'x'.repeat(20_000) }]);
    await seen.close();
  });

  it('is told when it is refused', async () => {
    const broker = await startBroker({ kind, username: 'site', password: 'secret' });
    const node = await startNode();

    const output = await python(
      node,
      `
from umqtt.simple import MQTTClient, MQTTException
c = MQTTClient('node', '${broker.host}', ${broker.port}, 'site', 'wrong')
try:
    c.connect()
except MQTTException as e:
    print(e.args)
`,
    );
    expect(output).toBe('(5,)\n');
  });

  it('speaks TLS with a context that trusts the authority, and refuses to with another', async () => {
    const broker = await startBroker({ kind, tls: true });
    const stranger = await makeCertificates({ names: [broker.host] });
    const node = await startNode();

    const output = await python(
      node,
      `
import ssl
from umqtt.simple import MQTTClient
def attempt(ca):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca)
    c = MQTTClient('node', '${broker.host}', ${broker.tlsPort ?? 0}, ssl=context)
    try:
        print(c.connect(), c.check_msg())
        c.publish('t', 'm', qos=1)
        c.disconnect()
    except (OSError, ValueError):
        print('refused')
attempt('''${broker.ca ?? ''}''')
attempt('''${stranger.ca}''')
`,
    );
    expect(output).toBe('0 None\nrefused\n');
  });

  it('comes back by itself with umqtt.robust, however long the broker was away', async () => {
    const broker = await startBroker({ kind });
    const seen = await watch(broker, 'node/up');
    const node = await startNode();
    const running = python(
      node,
      `
from umqtt.robust import MQTTClient
class Quick(MQTTClient):
    DELAY = 0.1
    def connect(self, clean_session=True):
        super().connect(clean_session)
        self.publish('node/up', 'up')
c = Quick('node', '${broker.host}', ${broker.port})
c.set_callback(lambda topic, msg: print(msg))
c.connect(False)
c.subscribe('node/cmd', 1)
c.publish('node/up', 'subscribed')
c.wait_msg()
`,
    );
    await seen.waitFor(({ payload }) => payload === 'subscribed');
    const before = seen.messages.length;
    await broker.restart({ downMs: 500 });
    await seen.waitFor(({ payload }) => payload === 'up', { from: before });
    await publish(broker, 'node/cmd', 'hello');

    expect(await running).toBe("b'hello'\n");
    await seen.close();
  });
}

async function publish(broker: Broker, topic: string, payload: string): Promise<void> {
  const client = await connectAsync({ host: broker.host, port: broker.port });
  await client.publishAsync(topic, payload, { qos: 1 });
  await client.endAsync();
}

describe("a node's umqtt and the embedded broker", () => {
  specifyNodeClient('embedded');
});

describeWithTools(['mosquitto'], "a node's umqtt and Mosquitto", () => {
  specifyNodeClient('mosquitto');
});
