import { X509Certificate } from 'node:crypto';
import { connect, createServer, type Server } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateAuthority, type Certificates } from '../../src/certificates/certificate-authority.ts';
import { makeCertificates } from '../../src/certificates/make-certificates.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Serves `certificates` and says what a client that trusts only `ca` and expects `servername` makes of it. */
async function handshake(certificates: Certificates, ca: string, servername?: string): Promise<string> {
  const server = createServer({ key: certificates.key, cert: certificates.cert }, (socket) => socket.end());
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca, ...(servername && { servername }) });
    socket.once('secureConnect', () => {
      resolve('trusted');
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
}

describe('makeCertificates', () => {
  it('makes a certificate that a client which trusts the authority accepts, by name and by address', async () => {
    const made = await makeCertificates({ names: ['broker.test', '127.0.0.1', '::1'] });

    expect(await handshake(made, made.ca, 'broker.test')).toBe('trusted');
    expect(await handshake(made, made.ca)).toBe('trusted');
    expect(new X509Certificate(made.cert).checkIP('::1')).toBe('::1');
  });

  it('is refused under a name it was not made for', async () => {
    const made = await makeCertificates({ names: ['broker.test'] });

    expect(await handshake(made, made.ca, 'other.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is refused by a client which trusts another authority', async () => {
    const [made, other] = await Promise.all([
      makeCertificates({ names: ['127.0.0.1'] }),
      CertificateAuthority.create(),
    ]);

    expect(await handshake(made, other.cert)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is refused once it has run out', async () => {
    const made = await makeCertificates({
      names: ['127.0.0.1'],
      validFrom: new Date('2020-01-01'),
      validDays: 2,
    });

    expect(await handshake(made, made.ca)).toBe('CERT_HAS_EXPIRED');
    expect(new Date(new X509Certificate(made.cert).validTo)).toEqual(new Date('2020-01-03'));
  });

  it('signs several certificates with one authority, each with its own key', async () => {
    const authority = await CertificateAuthority.create();
    const first = await makeCertificates({ names: ['127.0.0.1'], authority });
    const second = await makeCertificates({ names: ['127.0.0.1'], authority });

    expect(await handshake(first, authority.cert)).toBe('trusted');
    expect(await handshake(second, authority.cert)).toBe('trusted');
    expect(first.key).not.toBe(second.key);
  });

  it('makes a leaf that cannot sign, from an authority that can', async () => {
    const made = await makeCertificates({ names: ['127.0.0.1'] });

    expect(new X509Certificate(made.ca).ca).toBe(true);
    expect(new X509Certificate(made.cert).ca).toBe(false);
  });

  it.each([{ names: [] }, { names: ['a name'] }, { names: ['localhost', 'x,CN=y'] }])(
    'refuses the names $names',
    async ({ names }) => {
      await expect(makeCertificates({ names })).rejects.toMatchObject({ code: 'CERTIFICATE_NAME' });
    },
  );
});
