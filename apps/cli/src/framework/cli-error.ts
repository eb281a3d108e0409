import { exitCode, type ExitCode } from '../exit-code.ts';

/** What the command line itself has to say against going on: one sentence with the next step. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** Stable: `USAGE`, `NO_BOARD`, … */
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.exitCode = exit;
  }
}

/** A wrong argument, option or setting: nothing was touched. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError('USAGE', exitCode.usage, message, options);
}
