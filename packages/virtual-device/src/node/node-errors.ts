import { TestbedError } from '../errors.ts';

/** The virtual node could not do what it was asked to; `code` says which case, the message what to do. */
export class VirtualNodeError extends TestbedError {
  override readonly name: string = 'VirtualNodeError';
}
