import { CertificateAuthority, type Certificates, type IssueOptions } from './certificate-authority.ts';

/** Options of {@link makeCertificates}. */
export interface CertificateOptions extends IssueOptions {
  /** Who signs. By default a new authority, which nobody can use again. */
  readonly authority?: CertificateAuthority;
}

/**
 * Makes a server's key and certificate in memory, signed by an authority of its own.
 *
 * @example
 * const { ca, key, cert } = await makeCertificates({ names: ['localhost', '127.0.0.1'] });
 * @throws TestbedError `CERTIFICATE_NAME`, see {@link CertificateAuthority.issue}.
 */
export async function makeCertificates(options: CertificateOptions): Promise<Certificates> {
  const authority = options.authority ?? (await CertificateAuthority.create());
  return authority.issue(options);
}
