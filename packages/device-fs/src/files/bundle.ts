import { deflateRawSync } from 'node:zlib';
import { bytesLiteral, stringLiteral, type LiteralStyle } from '../python/literal.ts';
import { namespace, shortDigest } from '../python/sealed.ts';

/** A piece of a file, to be put behind what is there already. */
export interface Part {
  target: string;
  offset: number;
  data: Uint8Array;
  /** With the last piece: the contentNumber of the whole file. */
  digest?: number | undefined;
}

export interface BundleFormat {
  style: LiteralStyle;
  base64: boolean;
  /** Bits of deflate's window, 9 to 15; 0 for no compression. */
  windowBits: number;
  /** The board may have done some of it: the answer to the same bundle did not come. */
  again: boolean;
}

/**
 * The call that hands several directories and pieces of files to the helper on the board, in the cheapest form that the
 * board can read.
 */
export function bundleCall(
  directories: readonly string[],
  parts: readonly Part[],
  format: BundleFormat,
): Buffer {
  const plain = Buffer.concat([
    Buffer.from(`${header(directories, parts, format.again)}\n`),
    ...parts.map(({ data }) => data),
  ]);
  const { windowBits } = format;
  const candidates = [call(plain, 0, format)];
  if (windowBits > 0) {
    const packed = deflateRawSync(plain, { level: 9, memLevel: 9, windowBits });
    candidates.push(call(packed, windowBits, format));
  }
  return candidates.reduce((best, one) => (one.length < best.length ? one : best));
}

/** Bytes of the contents as they travel, about: without what a literal of them needs besides. */
export function packedLength(parts: readonly Part[], { windowBits }: BundleFormat): number {
  const plain = Buffer.concat(parts.map(({ data }) => data));
  if (windowBits === 0 || plain.length === 0) return plain.length;
  return Math.min(plain.length, deflateRawSync(plain, { level: 9, memLevel: 9, windowBits }).length);
}

function call(payload: Buffer, windowBits: number, { style, base64 }: BundleFormat): Buffer {
  const digest = bytesLiteral(shortDigest(payload), style);
  const form = (literal: Buffer, isBase64: boolean): Buffer =>
    Buffer.concat([
      Buffer.from(`${namespace}['w'](`),
      literal,
      Buffer.from(','),
      digest,
      Buffer.from(`,${isBase64 ? 1 : 0},${windowBits})`),
    ]);
  const direct = form(bytesLiteral(payload, style), false);
  if (!base64 || style === 'binary') return direct;
  const encoded = form(Buffer.from(`b'${payload.toString('base64')}'`), true);
  return encoded.length < direct.length ? encoded : direct;
}

/** A line of Python: (directories, ((target, offset, length, digest or None), ...), again). */
function header(directories: readonly string[], parts: readonly Part[], again: boolean): string {
  const tuples = parts.map(
    ({ target, offset, data, digest }) =>
      `(${stringLiteral(target)},${offset},${data.length},${digest ?? 'None'}),`,
  );
  return `(${directories.map((path) => `${stringLiteral(path)},`).join('')}),(${tuples.join('')}),${again ? 1 : 0}`;
}
