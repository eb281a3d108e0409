import { readFile } from 'node:fs/promises';
import { connectAsync } from 'mqtt';
import { createBroker, Site } from '@ota/testbed';
import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';
import { expect, it, onTestFinished } from 'vitest';
import { Fleet } from '../src/index.ts';

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

it('brings a version to one node and then to the others by the second example', async () => {
  const site = await Site.start();
  onTestFinished(() => site.close());
  const one = await site.commit({ files: { 'src/main.py': '# one\n' } });
  const names = ['attic', 'cellar', 'kitchen'];
  for (const name of names) site.addSimulatedNode({ name, resetJitter: 0 }).powerOn();
  const fleet = await Fleet.connect({ url: `mqtt://${site.broker.host}:${site.broker.port}` });
  onTestFinished(() => fleet.close());
  await fleet.waitFor(one, names);
  const two = await site.commit({ files: { 'src/main.py': '# two\n' } });
  const versions: string[] = [];
  fleet.on('change', ({ name, state }) => {
    if (state.version === two) versions.push(name);
  });

  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, , [, code = ''] = []] = [...readme.matchAll(/```(?:sh|js)\n([\s\S]*?)```/g)];
  expect(code).toContain('setTarget');
  // The example stands in a program's async function; here it is one, made of the README's own text.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const example = new Function('fleet', 'commit', `return (async () => {${code}})();`) as (
    fleet: Fleet,
    commit: string,
  ) => Promise<void>;
  await example(fleet, two);
  await fleet.waitFor(two, names);
  expect(versions[0]).toBe('attic');
  expect(fleet.nodes().map(({ target }) => target)).toEqual([two, two, two]);
});
