import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectAsync } from 'mqtt';
import { createBroker } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';

it('runs the first example of the README as printed', async () => {
  const broker = await createBroker();
  onTestFinished(() => broker.close());
  const url = `mqtt://${broker.host}:${broker.port}`;
  const node = await connectAsync(url);
  const state = { node: 'kitchen', online: true, version: 'abc' };
  await node.publishAsync('kitchen/ota/state', JSON.stringify(state), { retain: true, qos: 1 });
  await node.endAsync();

  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const folder = new URL('../out-tsc/readme/', import.meta.url); // inside the package, so that its name resolves
  await mkdir(folder, { recursive: true });
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = new URL('example.mjs', folder);
  await writeFile(file, /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '');
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(file)], {
    env: { ...process.env, BROKER_URL: url },
    timeout: 20_000,
  });
  expect(stdout).toBe('kitchen online abc\n');
});
