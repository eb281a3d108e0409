/** A step of the demo did not happen. */
export class DemoFailedError extends Error {
  override readonly name = 'DemoFailedError';
  readonly code = 'DEMO_FAILED';
  readonly step: string;

  constructor(step: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`the step "${step}" failed: ${reason}`, { cause });
    this.step = step;
  }
}
