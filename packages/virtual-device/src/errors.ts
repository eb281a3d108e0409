/**
 * Base of everything this package throws on purpose. Match on `code`: two copies of the package may be loaded.
 */
export class VirtualDeviceError extends Error {
  override readonly name: string = 'VirtualDeviceError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
