import { GogsError } from '../../src/errors.ts';

/** The error a call ends with; it has to be one of ours. */
export async function errorOf(call: Promise<unknown>): Promise<GogsError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GogsError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

/** The errors of calls that run at once. */
export function errorsOf(calls: readonly Promise<unknown>[]): Promise<GogsError[]> {
  return Promise.all(calls.map(errorOf));
}
