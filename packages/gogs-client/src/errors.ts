/** Which case an error is. Match on this and not on `instanceof`: two copies of the package may be loaded. */
export type GogsErrorCode =
  | 'GOGS_ARGUMENT'
  | 'GOGS_NOT_FOUND'
  | 'GOGS_UNAUTHORIZED'
  | 'GOGS_FORBIDDEN'
  | 'GOGS_CONFLICT'
  | 'GOGS_VALIDATION'
  | 'GOGS_SERVER'
  | 'GOGS_NOT_GOGS'
  | 'GOGS_TOO_LARGE'
  | 'GOGS_TIMEOUT'
  | 'GOGS_ABORTED'
  | 'GOGS_NETWORK'
  | 'GOGS_INTEGRITY'
  | 'GOGS_REFUSED_PATH';

/** The request an error is about. */
export interface GogsErrorContext {
  readonly method?: string;
  /** Absolute. Credentials never are a part of it. */
  readonly url?: string;
  readonly status?: number;
  /** What Gogs itself said, if it said anything. */
  readonly gogsMessage?: string;
  readonly cause?: unknown;
}

/** Base of everything this package throws on purpose. */
export class GogsError extends Error {
  override readonly name: string = 'GogsError';
  readonly code: GogsErrorCode;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly gogsMessage: string | undefined;

  constructor(code: GogsErrorCode, message: string, context: GogsErrorContext = {}) {
    const { method, url, status, gogsMessage, cause } = context;
    const request = method !== undefined && url !== undefined ? `${method} ${url}: ` : '';
    super(`${request}${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.method = method;
    this.url = url;
    this.status = status;
    this.gogsMessage = gogsMessage;
  }
}

/** An argument or option that no request can be made of. Nothing was sent. */
export class GogsArgumentError extends GogsError {
  override readonly name = 'GogsArgumentError';
  /** The argument's name. */
  readonly argument: string;

  constructor(argument: string, problem: string) {
    super('GOGS_ARGUMENT', `"${argument}" ${problem}`);
    this.argument = argument;
  }
}

/**
 * Nothing is there. `absent`: no such thing, or no access to it; Gogs does not tell which. `no-route`: the server does
 * not know the endpoint: it is older than the endpoint, or no Gogs.
 */
export class GogsNotFoundError extends GogsError {
  override readonly name = 'GogsNotFoundError';
  readonly reason: 'absent' | 'no-route';

  constructor(reason: 'absent' | 'no-route', message: string, context?: GogsErrorContext) {
    super('GOGS_NOT_FOUND', message, context);
    this.reason = reason;
  }
}

/** The token is missing or wrong; Gogs takes a wrong token for no token at all. */
export class GogsUnauthorizedError extends GogsError {
  override readonly name = 'GogsUnauthorizedError';

  constructor(message: string, context?: GogsErrorContext) {
    super('GOGS_UNAUTHORIZED', message, context);
  }
}

/** The user may look but not do that. */
export class GogsForbiddenError extends GogsError {
  override readonly name = 'GogsForbiddenError';

  constructor(message: string, context?: GogsErrorContext) {
    super('GOGS_FORBIDDEN', message, context);
  }
}

/** It exists already, or is in a state that does not allow the change. */
export class GogsConflictError extends GogsError {
  override readonly name = 'GogsConflictError';

  constructor(message: string, context?: GogsErrorContext) {
    super('GOGS_CONFLICT', message, context);
  }
}

/** One field that Gogs did not take. */
export interface FieldProblem {
  /** Gogs's name of the field, as `Content`. Empty where the problem is the body as a whole. */
  readonly field: string;
  /** Gogs's name of the rule, as `RequiredError`. */
  readonly rule: string;
  readonly message: string;
}

/** What was sent is not what Gogs takes. */
export class GogsValidationError extends GogsError {
  override readonly name = 'GogsValidationError';
  readonly fields: readonly FieldProblem[];

  constructor(message: string, fields: readonly FieldProblem[], context?: GogsErrorContext) {
    super('GOGS_VALIDATION', message, context);
    this.fields = fields;
  }
}

/** The server or a proxy in front of it failed (5xx) or is busy (429). What went wrong is in the server's log. */
export class GogsServerError extends GogsError {
  override readonly name = 'GogsServerError';
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs: number | undefined, context?: GogsErrorContext) {
    super('GOGS_SERVER', message, context);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Something answered, but not the way Gogs does: a proxy's page, a login page, another server. */
export class GogsNotGogsError extends GogsError {
  override readonly name = 'GogsNotGogsError';

  constructor(message: string, context?: GogsErrorContext) {
    super('GOGS_NOT_GOGS', message, context);
  }
}

/** The answer is longer than the limit. */
export class GogsTooLargeError extends GogsError {
  override readonly name = 'GogsTooLargeError';
  /** In bytes. */
  readonly limit: number;

  constructor(message: string, limit: number, context?: GogsErrorContext) {
    super('GOGS_TOO_LARGE', message, context);
    this.limit = limit;
  }
}

/** The call's deadline passed. */
export class GogsTimeoutError extends GogsError {
  override readonly name = 'GogsTimeoutError';
  readonly timeoutMs: number;

  constructor(message: string, timeoutMs: number, context?: GogsErrorContext) {
    super('GOGS_TIMEOUT', message, context);
    this.timeoutMs = timeoutMs;
  }
}

/** A signal ended the call; its reason is the `cause`. */
export class GogsAbortedError extends GogsError {
  override readonly name = 'GogsAbortedError';

  constructor(message: string, context?: GogsErrorContext) {
    super('GOGS_ABORTED', message, context);
  }
}

/** No connection, or it broke. */
export class GogsNetworkError extends GogsError {
  override readonly name = 'GogsNetworkError';
  /** Of the system or of undici: `ECONNREFUSED`, `UND_ERR_SOCKET`, … */
  readonly networkCode: string | undefined;

  constructor(message: string, networkCode: string | undefined, context?: GogsErrorContext) {
    super('GOGS_NETWORK', message, context);
    this.networkCode = networkCode;
  }
}

/** Bytes that do not hash to the id Git gave them, or that are a Git LFS pointer in place of a file. */
export class GogsIntegrityError extends GogsError {
  override readonly name = 'GogsIntegrityError';
  readonly path: string | undefined;

  constructor(message: string, path: string | undefined, context?: GogsErrorContext) {
    super('GOGS_INTEGRITY', message, context);
    this.path = path;
  }
}

/** Why a path of a repository is not put on a disk. */
export type PathRefusal =
  'unsafe-name' | 'collision' | 'symlink' | 'submodule' | 'not-a-folder' | 'not-a-file' | 'too-many';

/** A repository holds what cannot or must not be written to a disk. */
export class GogsRefusedPathError extends GogsError {
  override readonly name = 'GogsRefusedPathError';
  readonly reason: PathRefusal;
  readonly paths: readonly string[];

  constructor(reason: PathRefusal, paths: readonly string[], message: string) {
    super('GOGS_REFUSED_PATH', message);
    this.reason = reason;
    this.paths = paths;
  }
}
