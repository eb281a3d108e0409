/**
 * How bytes travel in Python source: `binary` for raw paste, whose lexer passes 249 byte values as they are; `ascii` for
 * everything else.
 */
export type LiteralStyle = 'binary' | 'ascii';

const quote = 0x27;
const backslash = 0x5c;
/**
 * Bytes that cannot stand for themselves in raw paste: NUL (MicroPython 1.28 reads it as U+0001), Ctrl-C and Ctrl-D (the
 * protocol's), CR and LF (the lexer makes them one), quote and backslash.
 */
const neverRaw = new Set([0x00, 0x03, 0x04, 0x0a, 0x0d, quote, backslash]);

const short: Readonly<Record<number, string>> = {
  0x0a: '\\n',
  0x0d: '\\r',
  [quote]: "\\'",
  [backslash]: '\\\\',
};

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function escaped(byte: number, next: number | undefined): string {
  const known = short[byte];
  if (known !== undefined) return known;
  // Octal is the shortest, unless a digit follows that would be taken for a part of it.
  if (byte < 8) return isDigit(next) ? `\\00${byte}` : `\\${byte}`;
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** Bytes as a Python literal, `b'...'`. */
export function bytesLiteral(bytes: Uint8Array, style: LiteralStyle): Buffer {
  const out = Buffer.allocUnsafe(bytes.length * 4 + 3);
  let length = out.write("b'", 'latin1');
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    const raw = style === 'binary' ? !neverRaw.has(byte) : isPlain(byte);
    if (raw) out[length++] = byte;
    else length += out.write(escaped(byte, bytes[i + 1]), length, 'latin1');
  }
  out[length++] = quote;
  return out.subarray(0, length);
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== quote && byte !== backslash;
}

/** Text as a Python string literal; characters beyond ASCII stay, as UTF-8. */
export function stringLiteral(text: string): string {
  let literal = "'";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === quote || code === backslash) literal += `\\${character}`;
    else if (code < 0x20 || code === 0x7f) literal += `\\x${code.toString(16).padStart(2, '0')}`;
    else literal += character;
  }
  return `${literal}'`;
}
