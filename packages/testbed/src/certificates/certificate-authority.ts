import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { generate } from 'selfsigned';
import { TestbedError } from '../errors.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** What a TLS server needs, and what its clients need to trust it. All PEM. */
export interface Certificates {
  /** Certificate of the authority that signed `cert`. */
  readonly ca: string;
  /** Private key of `cert`, PKCS #8, not encrypted. */
  readonly key: string;
  /** The server's certificate. */
  readonly cert: string;
}

/** Options of {@link CertificateAuthority.issue}. */
export interface IssueOptions {
  /** DNS names and IP addresses the certificate is good for; the first is its common name too. */
  readonly names: readonly string[];
  /** @default 30 */
  readonly validDays?: number;
  /** Start of validity. By default an hour ago, so that a client whose clock is a little slow accepts it. */
  readonly validFrom?: Date;
}

/** An authority that lives in memory only: its key is never written anywhere. */
export class CertificateAuthority {
  /** The authority's own certificate, PEM. */
  readonly cert: string;
  readonly #key: string;

  private constructor(cert: string, key: string) {
    this.cert = cert;
    this.#key = key;
  }

  /** Makes an authority with a fresh P-256 key. Two authorities never share a name, so neither passes for the other. */
  static async create(): Promise<CertificateAuthority> {
    const generate = await generator();
    const notBeforeDate = new Date(Date.now() - hour);
    const made = await generate(
      [{ name: 'commonName', value: `Testbed authority ${randomBytes(4).toString('hex')}` }],
      {
        keyType: 'ec',
        curve: 'P-256',
        algorithm: 'sha256',
        notBeforeDate,
        notAfterDate: new Date(notBeforeDate.getTime() + 3650 * day),
        extensions: [
          { name: 'basicConstraints', cA: true, critical: true },
          { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
        ],
      },
    );
    return new CertificateAuthority(made.cert, made.private);
  }

  /**
   * Makes a server certificate with a fresh P-256 key.
   *
   * @throws TestbedError `CERTIFICATE_NAME` where `names` is empty or has something that is no host name or address.
   */
  async issue(options: IssueOptions): Promise<Certificates> {
    const { names, validDays = 30, validFrom = new Date(Date.now() - hour) } = options;
    const generate = await generator();
    const made = await generate([{ name: 'commonName', value: checkedNames(names)[0] }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      notBeforeDate: validFrom,
      notAfterDate: new Date(validFrom.getTime() + validDays * day),
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: names.map((name) =>
            isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name },
          ),
        },
      ],
      ca: { key: this.#key, cert: this.cert },
    });
    return { ca: this.cert, key: made.private, cert: made.cert };
  }
}

/** Loaded where certificates are made: it would be a quarter of the time that all who use the testbed wait for it. */
async function generator(): Promise<typeof generate> {
  const selfsigned = await import('selfsigned');
  return selfsigned.generate;
}

function checkedNames(names: readonly string[]): readonly [string, ...string[]] {
  const [first, ...rest] = names;
  const odd = names.find((name) => isIP(name) === 0 && !/^[\w*-][\w.-]*$/.test(name));
  if (first === undefined || odd !== undefined) {
    const found = odd === undefined ? 'an empty list' : JSON.stringify(odd);
    throw new TestbedError(
      'CERTIFICATE_NAME',
      `A certificate needs host names or IP addresses, got ${found}: pass e.g. ['localhost', '127.0.0.1']`,
    );
  }
  return [first, ...rest];
}
