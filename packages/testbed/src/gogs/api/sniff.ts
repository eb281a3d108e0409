const signatures: readonly (readonly [start: string, type: string])[] = [
  ['%PDF-', 'application/pdf'],
  ['%!PS-Adobe-', 'application/postscript'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['BM', 'image/bmp'],
  ['\0\0\x01\0', 'image/x-icon'],
  ['\x1f\x8b\x08', 'application/x-gzip'],
  ['PK\x03\x04', 'application/zip'],
  ['\0asm', 'application/wasm'],
];

/**
 * The content type Go's `http.DetectContentType` finds, as far as files in a node's repository go.
 * Everything textual is `text/plain` in Gogs' raw answers.
 */
export function sniffContentType(content: Buffer): string {
  const head = content.subarray(0, 512).toString('latin1');
  const known = signatures.find(([start]) => head.startsWith(start));
  if (known) return known[1];
  if (head.startsWith('RIFF') && head.startsWith('WEBPVP', 8)) return 'image/webp';
  // The control characters that no text has, by the MIME sniffing standard.
  return /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(head)
    ? 'application/octet-stream'
    : 'text/plain; charset=utf-8';
}
