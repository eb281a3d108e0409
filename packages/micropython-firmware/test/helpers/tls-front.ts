import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificates } from '@ota/testbed';

/** TLS in front of a plain server, as a reverse proxy does it. @returns its port; gone when the test is over. */
export async function tlsFront(toPort: number, { key, cert }: Certificates): Promise<number> {
  const server = createServer({ key, cert }, (near) => {
    const far = connect(toPort, '127.0.0.1');
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  // A client that does not trust the certificate is part of the test.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
