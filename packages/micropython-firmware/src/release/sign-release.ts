import { sign, verify } from 'node:crypto';
import { FirmwareError } from '../errors.ts';
import { releaseLines, signatureFile, type ReleaseFile } from './release-files.ts';
import { privateKeyFrom, publicKeyFrom } from './release-key.ts';

/** How to sign. */
export interface SignReleaseOptions {
  /** As {@link generateReleaseKey} makes it. */
  readonly privateKey: string;
  /**
   * Has to be no lower than that of any release before it: a node takes no lower one than it has.
   *
   * @default the time in seconds since 1970
   */
  readonly serial?: number;
}

const format = 'ota-release 1';

/**
 * Signs the files of `src/`. What it returns belongs into the same commit as `src/.signature`, byte by byte.
 *
 * @param files all that will be in `src/`; a signature from before among them is left out.
 * @example
 * const files = [releaseFile('main.py', await readFile('src/main.py'))];
 * await writeFile('src/.signature', signRelease(files, { privateKey }));
 *
 * @throws FirmwareError `RELEASE_KEY` or `RELEASE_FILE`.
 */
export function signRelease(
  files: readonly ReleaseFile[],
  { privateKey, serial = Math.floor(Date.now() / 1000) }: SignReleaseOptions,
): string {
  if (!Number.isSafeInteger(serial) || serial < 0)
    throw new RangeError('serial must be a whole number of 0 or more');
  const key = privateKeyFrom(privateKey);
  const signature = sign('sha256', Buffer.from(textOf(files, serial)), key);
  return `${format}\n${serial}\n${signature.toString('hex')}\n`;
}

/**
 * Checks a signature as a node does.
 *
 * @param signature what is in `src/.signature`.
 * @param gogsKey the node's setting.
 * @returns its serial number.
 * @throws FirmwareError `RELEASE_SIGNATURE` where it does not fit; `RELEASE_KEY` or `RELEASE_FILE` for what could never fit.
 */
export function verifyRelease(
  files: readonly ReleaseFile[],
  signature: string,
  gogsKey: string,
): { serial: number } {
  const key = publicKeyFrom(gogsKey);
  const serial = serialOf(signature);
  if (serial === undefined)
    throw new FirmwareError('RELEASE_SIGNATURE', `src/${signatureFile} is no signature: sign again`);
  const bytes = Buffer.from(signature.split('\n')[2] ?? '', 'hex');
  if (!verify('sha256', Buffer.from(textOf(files, serial)), key, bytes)) {
    throw new FirmwareError(
      'RELEASE_SIGNATURE',
      `src/${signatureFile} does not fit src/ and the key: sign again`,
    );
  }
  return { serial };
}

/** The serial number that a signature says it has; `undefined` for a text that is none. Nothing is checked. */
export function serialOf(signature: string): number | undefined {
  const digits = /^ota-release 1\n(0|[1-9]\d*)\n(?:[0-9a-f]{2})+\n$/.exec(signature)?.[1];
  return digits !== undefined && Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
}

function textOf(files: readonly ReleaseFile[], serial: number): string {
  return `${format}\n${serial}\n${releaseLines(files)}`;
}
