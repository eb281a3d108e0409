import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificates } from '../../src/index.ts';
import { joinWifi, python, startNode, supported } from '../node-helpers.ts';

async function serveTls(options: TlsOptions): Promise<number> {
  const server = createServer(options, (socket) => {
    socket.on('error', () => undefined); // a client that refuses the certificate just leaves
    socket.once('data', (data: Buffer) => socket.end(data));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const connect = (port: number, wrap: string): string => `${joinWifi}
import socket, ssl
s = socket.socket()
s.settimeout(5)
s.connect(('127.0.0.1', ${port}))
try:
    s = ${wrap}
    s.write(b'hello')
    print(s.read())
except (OSError, ValueError) as e:
    print(type(e).__name__, e.args[-1])
s.close()
`;

const context = (ca: string, name: string): string => `
import ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_mode = ssl.CERT_REQUIRED
context.load_verify_locations(cadata=${JSON.stringify(ca)})
NAME = '${name}'
`;
const wrapped = 'context.wrap_socket(s, server_hostname=NAME)';

describe.each(supported)('MicroPython %s', (micropython) => {
  describe('a TLS client on the node', () => {
    it('talks to a server whose certificate its CA signed, by name or by address', async () => {
      const { ca, key, cert } = await makeCertificates({ names: ['gogs.test', '127.0.0.1'] });
      const port = await serveTls({ key, cert });
      const node = await startNode({ micropython });
      for (const name of ['gogs.test', '127.0.0.1']) {
        expect(await python(node, context(ca, name) + connect(port, wrapped))).toBe("b'hello'\n");
      }
    });

    it('refuses another CA and another name', async () => {
      const { key, cert, ca } = await makeCertificates({ names: ['gogs.test'] });
      const other = await makeCertificates({ names: ['gogs.test'] });
      const port = await serveTls({ key, cert });
      const node = await startNode({ micropython });
      expect(await python(node, context(other.ca, 'gogs.test') + connect(port, wrapped))).toBe(
        'ValueError The certificate is not correctly signed by the trusted CA\n',
      );
      expect(await python(node, context(ca, 'other.test') + connect(port, wrapped))).toBe(
        'ValueError The certificate Common Name (CN) does not match with the expected CN\n',
      );
    });

    it('refuses a certificate of its own that is none, and takes a name in bytes', async () => {
      const { ca, key, cert } = await makeCertificates({ names: ['gogs.test'] });
      const port = await serveTls({ key, cert });
      const node = await startNode({ micropython });
      const load = `context.load_cert_chain(b'-----BEGIN CERTIFICATE-----', b'-----BEGIN PRIVATE KEY-----')`;
      expect(await python(node, context(ca, 'gogs.test') + load + connect(port, wrapped))).toBe(
        'ValueError invalid cert\n',
      );
      const bytesName = wrapped.replace('NAME', 'NAME.encode()');
      expect(await python(node, context(ca, 'gogs.test') + connect(port, bytesName))).toBe("b'hello'\n");
    });

    it('takes any certificate where the program asks for no verification', async () => {
      const { key, cert } = await makeCertificates({ names: ['gogs.test'] });
      const port = await serveTls({ key, cert });
      const node = await startNode({ micropython });
      expect(await python(node, connect(port, 'ssl.wrap_socket(s)'))).toBe("b'hello'\n");
    });
  });
});
