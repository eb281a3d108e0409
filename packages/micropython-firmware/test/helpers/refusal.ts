import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { NodeAtSite } from './start-site.ts';

/** Resets the node and returns what it says about the update that it does not take. */
export async function refusal({ node, messages }: NodeAtSite): Promise<string> {
  const from = messages.messages.length;
  node.reset();
  const status = await messages.waitFor(({ payload }) => payload === 'OTA_error', {
    from,
    timeoutMs: 25_000,
  });
  const { payload } = await messages.waitFor(
    (message) => message.topic === 'lamp/ota/state' && message.payload.includes('"online": true'),
    { from: messages.messages.indexOf(status) }, // the state follows it; an earlier one may be from the boot before
  );
  await node.waitForOutput('version one runs');
  return (JSON.parse(payload) as { error: string }).error;
}

/** A server between the node and Gogs that changes what answers say. @returns its address; gone when the test is over. */
export async function frontThat(change: (text: string) => string, baseUrl: string): Promise<string> {
  const server = createServer((request, response) => {
    const headers = { authorization: request.headers.authorization ?? '' };
    fetch(`${baseUrl}${request.url ?? ''}`, { headers })
      .then(async (answer) => response.writeHead(answer.status).end(change(await answer.text())))
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
