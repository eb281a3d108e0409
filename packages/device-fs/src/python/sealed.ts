import { createHash } from 'node:crypto';
import { bytesLiteral, type LiteralStyle } from './literal.ts';

/** How the board checks what came: by hashlib's sha256, or on boards without it by a sum that Python computes. */
export type Checksum = 'sha256' | 'sum';

const digestBytes = 8;
/** Raised on the board where a seal is broken. */
export const garbledMark = 'ota-garbled';

/** The first bytes of a SHA-256: enough against accidents, and short on the wire. */
export function shortDigest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, digestBytes);
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
export function sealed(body: string | Uint8Array, style: LiteralStyle, checksum: Checksum): Buffer {
  const isHashed = checksum === 'sha256';
  const code = Buffer.concat([
    Buffer.from(isHashed ? reporter : plainReporter),
    Buffer.from(body as string),
    Buffer.from(isHashed ? `\n${reportEnd}` : '\n'),
  ]);
  const head = Buffer.concat([
    Buffer.from(isHashed ? 'import hashlib\ns=' : 's='),
    bytesLiteral(code, style),
  ]);
  const test = isHashed
    ? Buffer.concat([
        Buffer.from(`\nif hashlib.sha256(s).digest()[:${digestBytes}]!=`),
        bytesLiteral(shortDigest(code), style),
      ])
    : Buffer.from(`\na=1\nb=0\nfor c in s:\n a=(a+c)%65521;b=(b+a)%65521\nif b*65536+a!=${adler(code)}`);
  return Buffer.concat([head, test, Buffer.from(`:raise ValueError('${garbledMark}')\nexec(s)`)]);
}

const reporter = `h=hashlib.sha256()
def e(x):
 x=repr(x);h.update(x.encode());print(x)
`;
const reportEnd = `print(h.digest()[:${digestBytes}])`;
const plainReporter = 'def e(x):print(repr(x))\n';
