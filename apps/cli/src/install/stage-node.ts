import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { usageError } from '../framework/cli-error.ts';
import { nodeFile, wifiFile } from '../framework/settings/node-settings.ts';
import { readDictionary, renderNode } from './write-settings.ts';

/** What may be deleted on a node by a sync of the device files: only what an older version of them left in /lib/ota. */
export const protectedBesideDeviceFiles = ['/*', '!/lib', '/lib/*', '!/lib/ota'];

/** A directory that holds what a node's root is to hold. */
export interface StagedNode {
  readonly directory: string;
  /** Of the two settings files, those that were not there to be taken along. */
  readonly missing: readonly string[];
  /** Removes it: there are secrets in it. */
  readonly dispose: () => Promise<void>;
}

/** How the root of a node is to be. */
export interface StageOptions {
  /** What the node is called, in place of what its settings say. */
  readonly name: string | undefined;
  /** The device files in one compiled file. */
  readonly compiled: boolean;
}

/**
 * Puts the device files of @ota/micropython-firmware and the settings of a directory together, as a node's root has them.
 *
 * @throws CliError USAGE for settings that are no dictionary of literals, and for a name without settings to put it into; FirmwareError.
 */
export async function stageNode(
  settingsDirectory: string,
  { name, compiled }: StageOptions,
): Promise<StagedNode> {
  const { deviceFiles } = await import('@ota/micropython-firmware');
  const files = await deviceFiles({ compiled });
  const directory = await mkdtemp(join(tmpdir(), 'ota-stage-'));
  const dispose = (): Promise<void> => rm(directory, { recursive: true, force: true });
  const missing: string[] = [];
  try {
    for (const { path, content } of files) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    for (const file of [wifiFile, nodeFile]) {
      const path = join(settingsDirectory, file);
      const content = await readIfThere(path);
      if (content === undefined) missing.push(file);
      else {
        const { controllerName } = await readDictionary(path);
        const isNamed = file !== nodeFile || name === undefined || name === controllerName;
        const staged = isNamed ? content : await renderNode(settingsDirectory, { controllerName: name });
        await writeFile(join(directory, file), staged, { mode: 0o600 });
      }
    }
    return { directory, missing, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw usageError(`cannot read ${path}: make it readable for you`, { cause: error });
  }
}
