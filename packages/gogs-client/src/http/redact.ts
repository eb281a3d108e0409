/** Text of others, fit to be shown: one line, not long, without secrets (a server may echo what it got). */
export function redact(text: string, secrets: readonly string[]): string {
  const clean = secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  const line = clean.replace(/[\s\p{C}]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/** Name, code and message of an error of others. The rest of it may hold the request with its headers. */
export function redactedCause(error: unknown, secrets: readonly string[]): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error), secrets));
  const copy = new Error(redact(error.message, secrets));
  copy.name = error.name;
  delete copy.stack;
  return Object.assign(copy, codeOf(error) !== undefined && { code: codeOf(error) });
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code ?? codeOf(error.cause);
}
