/** What went wrong. */
export type FirmwareErrorCode =
  /** A setting without a default was not given. */
  | 'SETTING_MISSING'
  /** A setting has a value that the node would refuse. */
  | 'SETTING_INVALID'
  /** No setting has this name. */
  | 'SETTING_UNKNOWN'
  /** A value cannot be written as Python. */
  | 'NOT_A_LITERAL'
  /** A key cannot be used to sign releases, or to check them. */
  | 'RELEASE_KEY'
  /** No node would install a file of a release. */
  | 'RELEASE_FILE'
  /** A signature is not by this key, or not of these files. */
  | 'RELEASE_SIGNATURE'
  /** The package's own `device` folder cannot be read. */
  | 'DEVICE_FILES';

/** Base of everything this package throws on purpose. Match on `code`: two copies of the package may be loaded. */
export class FirmwareError extends Error {
  override readonly name = 'FirmwareError';
  /** What went wrong, stable across versions. */
  readonly code: FirmwareErrorCode;
  /** The setting in question, where there is one. */
  readonly key: string | undefined;

  constructor(code: FirmwareErrorCode, message: string, options: ErrorOptions & { key?: string } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.key = options.key;
  }
}
