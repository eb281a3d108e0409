import { TestbedError } from '../errors.ts';

/** A `git` command ended badly. Code `GIT_FAILED`. */
export class GitFailedError extends TestbedError {
  override readonly name = 'GitFailedError';
  readonly exitCode: number | null;

  constructor(command: string, exitCode: number | null, stderr: string, options?: ErrorOptions) {
    const said = stderr.trim().split('\n').slice(-3).join(' / ');
    const end = exitCode === null ? 'was stopped' : `ended with ${String(exitCode)}`;
    super('GIT_FAILED', `git ${command} ${end}: ${said || 'no message'}`, options);
    this.exitCode = exitCode;
  }
}

/** A Gogs server (real or stand-in) could not do what a test asked of it. Codes start with `GOGS_`. */
export class GogsServerError extends TestbedError {
  override readonly name = 'GogsServerError';
}
