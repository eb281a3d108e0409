/**
 * Base of everything the testbed throws on purpose. Match on `code`: two copies of the package may be loaded.
 */
export class TestbedError extends Error {
  override readonly name: string = 'TestbedError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
