import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';
import { expect, it } from 'vitest';
import { startSite, temporaryFolder } from './helpers/site.ts';

it('runs the first example of the README as printed, as plain JavaScript', async () => {
  const { server, token } = await startSite({ 'src/main.py': 'print(1)\n', 'src/lib/a.py': 'a = 1\n' });
  await server.createTag('ann', 'lamp', { name: 'v1', message: 'Version 1' });
  const example = await readmeExample(import.meta.url);
  const lines = await example.run({
    env: { GOGS_URL: server.baseUrl, GOGS_TOKEN: token, TARGET: await temporaryFolder() },
  });
  expect(example.promised).toHaveLength(3);
  expect(lines).toEqual(example.promised);
});
