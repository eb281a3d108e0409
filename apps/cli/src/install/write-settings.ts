import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeSettings, PythonValue, WifiSettings } from '@ota/micropython-firmware';
import { usageError } from '../framework/cli-error.ts';
import { nodeFile, wifiFile } from '../framework/settings/node-settings.ts';

/** What is already in a settings file; nothing where there is none. */
export async function readDictionary(path: string): Promise<Record<string, PythonValue>> {
  const source = await readIfThere(path);
  if (source === undefined) return {};
  const { readSettings } = await import('@ota/micropython-firmware');
  try {
    return readSettings(source);
  } catch (cause) {
    throw usageError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

export interface SettingsTexts {
  readonly wifi: string;
  readonly node: string;
}

/**
 * The texts of both files: what was in them, with the answers in its place. Keys of the application stay.
 *
 * @throws FirmwareError for an answer that a node would refuse.
 */
export async function renderSettings(
  directory: string,
  wifi: WifiSettings,
  node: NodeSettings,
): Promise<SettingsTexts> {
  const { renderWifiSettings } = await import('@ota/micropython-firmware');
  return {
    wifi: renderWifiSettings({ ...(await readDictionary(join(directory, wifiFile))), ...wifi }),
    node: await renderNode(directory, node),
  };
}

/** The text of nodesettings.py alone. @throws as {@link renderSettings}. */
export async function renderNode(directory: string, node: NodeSettings): Promise<string> {
  const { renderNodeSettings, settingNames } = await import('@ota/micropython-firmware');
  const before = await readDictionary(join(directory, nodeFile));
  const own = Object.entries(before).filter(([key]) => settingNames.node.includes(key));
  const others = Object.entries(before).filter(([key]) => !settingNames.node.includes(key));
  return renderNodeSettings({
    ...Object.fromEntries(own),
    ...node,
    application: Object.fromEntries(others),
  });
}

/** Writes a file that only its owner may read, whole or not at all. */
export async function writeSecretFile(path: string, content: string): Promise<void> {
  const part = `${path}.ota~`;
  try {
    // An older file of that name may let others in, or be a link to somewhere else: what is written is always a new one.
    await rm(part, { force: true });
    await writeFile(part, content, { mode: 0o600, flag: 'wx' });
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw usageError(`cannot write ${path}: name a directory that is there, and yours (--settings)`, {
      cause,
    });
  }
}

/** Lines that a directory's `.gitignore` lacks. */
export async function missingIgnores(directory: string, names = [wifiFile, nodeFile]): Promise<string[]> {
  const lines = ((await readIfThere(join(directory, '.gitignore'))) ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim());
  return names.filter((name) => !lines.includes(name) && !lines.includes(`/${name}`));
}

export async function addIgnores(directory: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const path = join(directory, '.gitignore');
  const before = (await readIfThere(path)) ?? '';
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  await writeFile(path, `${before}${separator}${names.join('\n')}\n`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw usageError(`cannot read ${path}: make it readable for you`, { cause: error });
  }
}
