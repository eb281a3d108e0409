export type FleetErrorCode =
  'FLEET_OPTION' | 'FLEET_CONNECT' | 'FLEET_TIMEOUT' | 'FLEET_CLOSED' | 'FLEET_PAYLOAD';

/** Everything this package throws on purpose. Match on `code`: two copies of the package may be loaded. */
export class FleetError extends Error {
  override readonly name: string = 'FleetError';
  readonly code: FleetErrorCode;

  constructor(code: FleetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Some nodes did not do in time what was waited for. */
export class FleetTimeoutError extends FleetError {
  override readonly name = 'FleetTimeoutError';
  /** Who is missing. */
  readonly nodes: readonly string[];

  constructor(what: string, timeoutMs: number, nodes: readonly string[]) {
    super('FLEET_TIMEOUT', `${what} within ${timeoutMs} ms: still waiting for ${nodes.join(', ')}`);
    this.nodes = nodes;
  }
}
