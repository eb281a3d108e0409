import { GogsNotFoundError, GogsServerError, type GogsError, type GogsErrorContext } from '../errors.ts';

/**
 * Runs a call that Gogs answers with 500 where the caller made a mistake. Then `explain` asks the server what is
 * wrong and returns a better error or value; where it finds nothing, the 500 stands.
 */
export async function explain500<T>(
  call: () => Promise<T>,
  explain: (error: GogsServerError) => Promise<T | GogsError | undefined>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof GogsServerError) || error.status !== 500) throw error;
    const better = await explain(error);
    if (better === undefined) throw error;
    if (better instanceof Error) throw better;
    return better;
  }
}

/** The request an error was about, for an error that explains it. */
export function contextOf(error: GogsError): GogsErrorContext {
  return {
    ...(error.method !== undefined && { method: error.method }),
    ...(error.url !== undefined && { url: error.url }),
    ...(error.status !== undefined && { status: error.status }),
    ...(error.gogsMessage !== undefined && { gogsMessage: error.gogsMessage }),
    cause: error,
  };
}

/** Whether a call succeeds; `false` where the thing is absent. Other errors are thrown. */
export async function exists(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof GogsNotFoundError) return false;
    throw error;
  }
}
