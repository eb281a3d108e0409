/** What went wrong, stable across versions: match on `code`, because two copies of the package may be loaded. */
export type FlasherErrorCode =
  | 'PORT_NOT_FOUND'
  | 'PORT_BUSY'
  | 'PORT_PERMISSION'
  | 'PORT_FAILED'
  | 'PORT_LOST'
  | 'PORT_CLOSED'
  | 'NO_SYNC'
  | 'WRONG_BOOT_MODE'
  | 'NO_WAY_TO_CHIP'
  | 'NOT_AN_ESP'
  | 'STUB_FAILED'
  | 'COMMAND_REFUSED'
  | 'COMMAND_UNANSWERED'
  | 'IMAGE_DAMAGED'
  | 'WRONG_CHIP'
  | 'WRONG_REVISION'
  | 'WRONG_OFFSET'
  | 'FLASH_TOO_SMALL'
  | 'SECURE_BOOT'
  | 'FLASH_ENCRYPTED'
  | 'SECURE_DOWNLOAD'
  | 'WRITE_FAILED'
  | 'READ_FAILED'
  | 'VERIFY_FAILED';

/** What an error says beside its problem. */
export interface FlasherErrorDetails extends ErrorOptions {
  /** What to do about it. */
  remedy: string;
  /** Where in the flash, for errors that have a place. */
  address?: number;
}

/** Everything this package throws on purpose, but for the reason of an aborted signal, which is thrown as it is. */
export class FlasherError extends Error {
  override readonly name = 'FlasherError';
  /** What went wrong, stable across versions. */
  readonly code: FlasherErrorCode;
  /** What to do about it; the message ends with it too. */
  readonly remedy: string;
  /** Where in the flash, for errors that have a place. */
  readonly address: number | undefined;

  constructor(code: FlasherErrorCode, problem: string, details: FlasherErrorDetails) {
    super(`${problem}. ${details.remedy}`, details);
    this.code = code;
    this.remedy = details.remedy;
    this.address = details.address;
  }
}

/** `0x1000`, as addresses are written everywhere around these chips. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
