import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ConfigFile } from './config-file.ts';

const fileName = 'ota.config.json';

/**
 * The configuration that counts: the one that is named, else the nearest `ota.config.json` from the working directory upwards.
 *
 * @throws CliError USAGE for a named file that is not there, and for a wrong one.
 */
export async function findConfig(cwd: string, named: string | undefined): Promise<ConfigFile | undefined> {
  const path = named === undefined ? await nearest(resolve(cwd)) : resolve(cwd, named);
  if (path === undefined) return undefined;
  // Loaded only where there is a file: it brings zod.
  const { readConfigFile } = await import('./config-file.ts');
  return readConfigFile(path);
}

async function nearest(directory: string): Promise<string | undefined> {
  const path = join(directory, fileName);
  if (await isThere(path)) return path;
  const above = dirname(directory);
  return above === directory ? undefined : nearest(above);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
