import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError } from './cli-error.ts';

/** A file of this computer, from where the user is. @throws CliError USAGE where it is not there, or is a directory. */
export async function localFile(cwd: string, path: string): Promise<string> {
  const full = resolve(cwd, path);
  if ((await kindOf(full)) !== 'file') throw usageError(`${path} is no file here: name one that is there`);
  return full;
}

/** A directory of this computer. @throws CliError USAGE where it is not there. */
export async function localDirectory(cwd: string, path: string): Promise<string> {
  const full = resolve(cwd, path);
  const kind = await kindOf(full);
  if (kind !== 'directory') throw usageError(`${path} is no directory here: name one that is there`);
  return full;
}

/** What is at a path of this computer. */
export async function kindOf(path: string): Promise<'file' | 'directory' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR)$/.test(String(error.code)))
      return 'nothing';
    throw usageError(`cannot look at ${path}: make it readable for you`, { cause: error });
  }
}
