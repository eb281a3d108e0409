import { lstat, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GogsArgumentError } from '../errors.ts';

/** A directory that will be swapped. */
export interface Target {
  readonly path: string;
  readonly parent: string;
  readonly name: string;
  /** Where the old files are during the swap. */
  readonly previous: string;
}

/** Finds the directory behind symlinks, makes its parent, and ends a swap that was cut short. */
export async function prepareTarget(directory: string): Promise<Target> {
  const wanted = resolve(directory);
  await mkdir(dirname(wanted), { recursive: true });
  const path = (await isThere(wanted)) ? await realpath(wanted) : wanted;
  const parent = dirname(path);
  const name = basename(path);
  if (name === '') throw new GogsArgumentError('directory', 'must not be the root of the file system');
  const target = { path, parent, name, previous: join(parent, `.${name}.previous`) };
  if (await isThere(path)) {
    if (!(await lstat(path)).isDirectory())
      throw new GogsArgumentError('directory', 'is there, but is a file');
    await rm(target.previous, { recursive: true, force: true });
  } else if (await isThere(target.previous)) {
    await rename(target.previous, path);
  }
  return target;
}

/** Puts the staged files in the directory's place. Between the two renames there is none; `prepareTarget` knows. */
export async function swap(staging: string, target: Target, sync: boolean): Promise<void> {
  const hadOld = await isThere(target.path);
  if (hadOld) await rename(target.path, target.previous);
  try {
    await rename(staging, target.path);
  } catch (error) {
    if (hadOld) await rename(target.previous, target.path);
    throw error;
  }
  if (sync) await syncFolder(target.parent);
  await rm(target.previous, { recursive: true, force: true });
}

/** Names are in their folder, and on the disk when that is. Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
