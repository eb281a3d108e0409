import { TestbedError } from '../errors.ts';

/** What a broker may refuse or fail at. */
export type BrokerErrorCode =
  /** An option cannot be used as given. */
  | 'BROKER_OPTION'
  /** The program behind the broker is not installed. */
  | 'BROKER_NOT_INSTALLED'
  /** The service did not come up, or not in time. */
  | 'BROKER_START'
  /** The broker was closed; make a new one. */
  | 'BROKER_CLOSED'
  /** A {@link MessageWatch} waited in vain. */
  | 'BROKER_WATCH_TIMEOUT'
  /** A {@link MessageWatch} was closed while something waited on it. */
  | 'BROKER_WATCH_CLOSED';

/** An error of a testbed broker. Match on `code`. */
export class BrokerError extends TestbedError {
  override readonly name = 'BrokerError';
  override readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.code = code;
  }
}
