import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { isIP } from 'node:net';

/** What tls.py asks for. */
export interface TlsRequest {
  /** CERT_NONE 0, CERT_OPTIONAL 1, CERT_REQUIRED 2. */
  readonly verify: number;
  /** PEM, or `der:` and base64. */
  readonly ca: string | null;
  readonly name: string | null;
  readonly cert?: string;
  readonly key?: string;
}

const certRequired = 2;

export function tlsOptions(request: TlsRequest): ConnectionOptions {
  const { name } = request;
  return {
    ca: request.ca === null ? [] : [pem(request.ca, 'CERTIFICATE')],
    rejectUnauthorized: request.verify === certRequired,
    ...(name && isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_, certificate) => (name ? checkServerIdentity(name, certificate) : undefined),
    ...(request.cert && request.key
      ? { cert: pem(request.cert, 'CERTIFICATE'), key: pem(request.key, 'PRIVATE KEY') }
      : {}),
  };
}

/** A failed handshake in Mbed TLS's words: `verify <reason>` is a ValueError on a board, `<number> <name>` an OSError. */
export function tlsFailure(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'verify The certificate Common Name (CN) does not match with the expected CN';
    case 'CERT_HAS_EXPIRED':
      return 'verify The certificate validity has expired';
    case 'CERT_NOT_YET_VALID':
      return 'verify The certificate validity starts in the future';
    case 'ECONNRESET':
      return '-80 MBEDTLS_ERR_NET_CONN_RESET';
    default:
  }
  const untrusted = /VERIFY|ISSUER|SELF_SIGNED|CERT/.test(error.code ?? '');
  if (untrusted) return 'verify The certificate is not correctly signed by the trusted CA';
  return '-30592 MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE';
}

function pem(data: string, label: string): string {
  if (!data.startsWith('der:')) return data;
  return `-----BEGIN ${label}-----\n${data.slice('der:'.length)}\n-----END ${label}-----\n`;
}
