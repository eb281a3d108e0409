import { FlasherError } from '../../src/errors.ts';

/** The FlasherError that a promise ends with. */
export async function thrownBy(work: Promise<unknown>): Promise<FlasherError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof FlasherError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
