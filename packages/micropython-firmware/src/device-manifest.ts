import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { deviceFiles } from './device-files.ts';
import { FirmwareError } from './errors.ts';
import { settingNames } from './settings.ts';

/** How a file on a node is recognized. */
export interface DeviceFileEntry {
  /** Absolute, on the node. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal, of the file as it lies on the node. */
  readonly sha256: string;
}

/** A file that a person fills in before it goes on a node. */
export interface SettingsTemplate extends DeviceFileEntry {
  /** Where it is on this machine: every key with its default and what it means. */
  readonly source: URL;
  /** The bytes of the file. */
  readonly content: Buffer;
  /** The keys that the node knows in this file, in the order of the template. */
  readonly keys: readonly string[];
}

/** What this package puts on a node, without the bytes: plain data, to be written as JSON too. */
export interface DeviceManifest {
  /** Of this package, and of `ota.__version__` on the node. */
  readonly version: string;
  /** The MicroPython that the files need, as a range of versions. */
  readonly micropython: string;
  /** All bytes of `files`. */
  readonly size: number;
  /** As `deviceFiles()` gives them, in the same order. */
  readonly files: readonly DeviceFileEntry[];
  /** The settings files as they are before anybody has filled them in; on a node they differ. */
  readonly templates: readonly (DeviceFileEntry & { readonly keys: readonly string[] })[];
}

const root = new URL('../', import.meta.url);
const oldestMicropython = '>=1.20';

/**
 * The two settings files with every key, its default and what it means. `renderWifiSettings` and `renderNodeSettings`
 * write such files with values.
 *
 * @throws FirmwareError with code `DEVICE_FILES` where the package is not complete.
 */
export async function settingsTemplates(): Promise<SettingsTemplate[]> {
  const places = [
    { name: 'wifisettings.py', keys: settingNames.wifi },
    { name: 'nodesettings.py', keys: settingNames.node },
  ];
  return Promise.all(
    places.map(async ({ name, keys }) => {
      const source = new URL(`templates/${name}`, root);
      const content = await readOwn(source);
      return { ...entry(`/${name}`, content), source, content, keys };
    }),
  );
}

/**
 * The list of what this package puts on a node: compare it with what a node has, to know whether the node is up to date.
 *
 * @throws FirmwareError with code `DEVICE_FILES` where the package is not complete.
 * @example
 * const { version, files } = await deviceManifest();
 * const stale = files.filter(({ path, sha256 }) => hashOnNode[path] !== sha256);
 */
export async function deviceManifest(): Promise<DeviceManifest> {
  const { version } = JSON.parse((await readOwn(new URL('package.json', root))).toString('utf8')) as {
    version: string;
  };
  const files = (await deviceFiles()).map(({ path, content }) => entry(path, content));
  const templates = await settingsTemplates();
  return {
    version,
    micropython: oldestMicropython,
    size: files.reduce((sum, { size }) => sum + size, 0),
    files,
    templates: templates.map(({ path, size, sha256, keys }) => ({ path, size, sha256, keys })),
  };
}

function entry(path: string, content: Uint8Array): DeviceFileEntry {
  return { path, size: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

async function readOwn(file: URL): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new FirmwareError('DEVICE_FILES', `cannot read ${file.pathname}: install the package again`, {
      cause,
    });
  }
}
