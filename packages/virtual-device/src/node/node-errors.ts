import { VirtualDeviceError } from '../errors.ts';

/** The virtual node could not do what it was asked to; `code` says which case, the message what to do. */
export class VirtualNodeError extends VirtualDeviceError {
  override readonly name: string = 'VirtualNodeError';
}
