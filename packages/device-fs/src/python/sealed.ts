import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { bytesLiteral, type LiteralStyle } from './literal.ts';

/** How the board checks what came: by hashlib's sha256, or on boards without it by a sum that Python computes. */
export type Checksum = 'sha256' | 'sum';

export interface SealOptions {
  style: LiteralStyle;
  checksum: Checksum;
  /** The board has `deflate`. */
  deflate?: boolean;
}

const digestBytes = 8;
/** The least window that zlib makes; code is short. */
const windowBits = 10;
/** On the board: the names of the last sealed code, so that programs there keep theirs. */
export const namespace = '_ota';
/** Raised on the board where a seal is broken. */
export const garbledMark = 'ota-garbled';

/** The first bytes of a SHA-256: enough against accidents, and short on the wire. */
export function shortDigest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, digestBytes);
}

/** The first 48 bits of a SHA-256: a number that JavaScript and Python write alike. */
export function contentNumber(digest: Buffer): number {
  return digest.readUIntBE(0, 6);
}

/** What `sum` is: both halves of Adler-32, in one number. */
export function adler(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

/**
 * Python code that the board runs only if every byte of it has arrived: a name that changed on its way must not cost the
 * wrong file. Statements of `body` report by `e(value)`; the answer ends with a checksum of its own.
 */
export function sealed(body: string, { style, checksum, deflate = false }: SealOptions): Buffer {
  if (checksum === 'sum') return sealedBySum(`${plainReporter}${body}\n`, style);
  const code = Buffer.from(`${reporter}${body}\n${reportEnd}`);
  const packed = deflate ? deflateRawSync(code, { level: 9, memLevel: 9, windowBits }) : code;
  return Buffer.concat([
    Buffer.from(`import hashlib${deflate ? ',deflate,io' : ''}\n_s=`),
    bytesLiteral(packed, style),
    Buffer.from(`\nif hashlib.sha256(_s).digest()[:${digestBytes}]!=`),
    bytesLiteral(shortDigest(packed), style),
    Buffer.from(`:raise ValueError('${garbledMark}')\n${namespace}={}\nexec(`),
    Buffer.from(deflate ? `deflate.DeflateIO(io.BytesIO(_s),deflate.RAW,${windowBits}).read()` : '_s'),
    Buffer.from(`,${namespace})`),
  ]);
}

function sealedBySum(code: string, style: LiteralStyle): Buffer {
  const bytes = Buffer.from(code);
  return Buffer.concat([
    Buffer.from('s='),
    bytesLiteral(bytes, style),
    Buffer.from(
      `\na=1\nb=0\nfor c in s:a=(a+c)%65521;b=(b+a)%65521\nif b*65536+a!=${adler(bytes)}:raise ValueError('${garbledMark}')\nexec(s)`,
    ),
  ]);
}

const reporter = `import hashlib
h=hashlib.sha256()
def e(x):
 x=repr(x);h.update(x.encode());print(x)
`;
const reportEnd = `print(h.digest()[:${digestBytes}])`;
const plainReporter = 'def e(x):print(repr(x))\n';
