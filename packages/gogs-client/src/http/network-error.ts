import { GogsError, GogsNetworkError, GogsNotGogsError, type GogsErrorContext } from '../errors.ts';
import { codeOf, redact, redactedCause } from './redact.ts';

/** Failures before a byte was sent: such a request may be repeated whatever it does. */
const unsent = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function wasSent(error: GogsNetworkError): boolean {
  return error.networkCode === undefined || !unsent.has(error.networkCode);
}

/** Gives a failure of the transport one of our names. */
export function networkError(
  error: unknown,
  context: GogsErrorContext,
  secrets: readonly string[],
): GogsError {
  if (error instanceof GogsError) return error;
  const code = codeOf(error);
  const cause = redactedCause(error, secrets);
  const said = redact(cause.message, secrets) || code || cause.name;
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return new GogsNotGogsError(`the answer is not HTTP (${said})`, { ...context, cause });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new GogsNotGogsError(`the answer's headers are too long (${said})`, { ...context, cause });
  }
  return new GogsNetworkError(`the connection failed (${said})`, code, { ...context, cause });
}
