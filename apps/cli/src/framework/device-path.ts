import { usageError } from './cli-error.ts';

/** How a directory's contents are listed, by `ls` and `tree`. */
export type EntryType = 'file' | 'directory';

/**
 * A path on the board, absolute; the colon of mpremote's notation may stand before it.
 *
 * @throws CliError USAGE for an empty one.
 */
export function onBoard(path: string): string {
  const bare = path.startsWith(':') ? path.slice(1) : path;
  if (bare === '' && !path.startsWith(':'))
    throw usageError('a path is empty: name a file, or / for the root');
  return bare.startsWith('/') ? bare : `/${bare}`;
}
