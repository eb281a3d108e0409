/** Why a {@link FleetError} was thrown; the README says what each means. */
export type FleetErrorCode =
  'FLEET_OPTION' | 'FLEET_CONNECT' | 'FLEET_OFFLINE' | 'FLEET_TIMEOUT' | 'FLEET_CLOSED' | 'FLEET_PAYLOAD';

/** Everything this package throws on purpose. Match on `code`: two copies of the package may be loaded. */
export class FleetError extends Error {
  override readonly name: string = 'FleetError';
  /** What went wrong, stable across versions. */
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

/** A command would not be heard: the broker keeps none for nodes that are not there. Nothing was sent. */
export class FleetOfflineError extends FleetError {
  override readonly name = 'FleetOfflineError';
  /** Who is not there. */
  readonly nodes: readonly string[];

  constructor(nodes: readonly string[]) {
    const list = nodes.join(', ');
    super('FLEET_OFFLINE', `offline: ${list}; a node looks for an update by itself when it is back`);
    this.nodes = nodes;
  }
}
