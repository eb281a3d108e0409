import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { FirmwareError } from '../errors.ts';

/** A key with which releases are signed. */
export interface ReleaseKey {
  /** PEM (PKCS #8), not encrypted: keep it off the Git server, off nodes, and out of repositories. */
  readonly privateKey: string;
  /** The public half, as the node's setting `gogsKey` has it: the modulus in hexadecimal. */
  readonly gogsKey: string;
}

/** How long a key may be, in bits. */
export type ReleaseKeyBits = 2048 | 3072 | 4096;

const lengths: readonly number[] = [2048, 3072, 4096] satisfies ReleaseKeyBits[];
const exponent = 65_537n;

/**
 * Makes a key. One for each repository: a node takes whatever its key has signed, for whichever repository.
 *
 * @param options `bits`: 3072 unless said otherwise.
 */
export async function generateReleaseKey({
  bits = 3072,
}: { readonly bits?: ReleaseKeyBits } = {}): Promise<ReleaseKey> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: bits,
    publicExponent: Number(exponent),
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKey: pair.privateKey, gogsKey: gogsKeyOf(pair.privateKey) };
}

/**
 * The setting `gogsKey` of nodes that are to take what this private key signs.
 *
 * @throws FirmwareError `RELEASE_KEY` for a text that is no such key.
 */
export function gogsKeyOf(privateKey: string): string {
  const { n = '' } = createPublicKey(privateKeyFrom(privateKey)).export({ format: 'jwk' });
  return Buffer.from(n, 'base64url').toString('hex');
}

/** @throws FirmwareError `RELEASE_KEY`, without a word of the key. */
export function privateKeyFrom(pem: string): KeyObject {
  let key;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw wrong('is not one in PEM without a passphrase', cause);
  }
  const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'rsa') throw wrong('is not for RSA');
  if (!lengths.includes(modulusLength)) throw wrong('has not 2048, 3072 or 4096 bits');
  if (publicExponent !== exponent) throw wrong('has another exponent than 65537');
  return key;
}

/** @throws FirmwareError `RELEASE_KEY` for what a node would refuse too. */
export function publicKeyFrom(gogsKey: string): KeyObject {
  if (!isGogsKey(gogsKey)) {
    throw new FirmwareError('RELEASE_KEY', 'gogsKey is not a key: "ota keygen" prints one');
  }
  const n = Buffer.from(gogsKey, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
}

/** Whether a node takes a text as its `gogsKey`. */
export function isGogsKey(text: string): boolean {
  return lengths.includes(text.length * 4) && /^[89a-f][0-9a-f]*[13579bdf]$/i.test(text);
}

function wrong(what: string, cause?: unknown): FirmwareError {
  return new FirmwareError('RELEASE_KEY', `the key ${what}: make one with "ota keygen"`, { cause });
}
