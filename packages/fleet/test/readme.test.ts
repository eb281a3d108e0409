import { connectAsync } from 'mqtt';
import { createBroker } from '@ota/testbed';
import { readmeExample } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';

it('runs the first example of the README as printed', async () => {
  const broker = await createBroker();
  onTestFinished(() => broker.close());
  const url = `mqtt://${broker.host}:${broker.port}`;
  const node = await connectAsync(url);
  const state = { node: 'kitchen', online: true, version: 'abc' };
  await node.publishAsync('kitchen/ota/state', JSON.stringify(state), { retain: true, qos: 1 });
  await node.endAsync();

  const example = await readmeExample(import.meta.url);
  expect(await example.run({ env: { BROKER_URL: url } })).toEqual(['kitchen online abc']);
});
