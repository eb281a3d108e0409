import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PythonValue } from '@ota/micropython-firmware';
import { usageError } from '../cli-error.ts';
import type { SecretName, SettingName } from './definitions.ts';

export const wifiFile = 'wifisettings.py';
export const nodeFile = 'nodesettings.py';

/** What `ota init` wrote for the nodes says also where broker and Gogs are. */
export interface NodeSettingsFiles {
  readonly settings: Readonly<Partial<Record<SettingName, FromFile>>>;
  readonly secrets: Readonly<Partial<Record<SecretName, FromFile>>>;
}

interface FromFile {
  readonly value: string;
  /** Which of the two files. */
  readonly file: string;
}

/**
 * Reads the two settings files of a directory; one that is not there says nothing.
 *
 * @throws CliError USAGE for one that is there and cannot be read as a dictionary of literals.
 */
export async function readNodeSettings(directory: string): Promise<NodeSettingsFiles> {
  const wifi = await readDictionary(join(directory, wifiFile));
  const node = await readDictionary(join(directory, nodeFile));
  const text = (value: PythonValue | undefined, file: string): FromFile | undefined =>
    typeof value === 'string' && value !== '' ? { value, file } : undefined;
  const host = text(wifi['mqtt_ip'], wifiFile)?.value;
  const isTls = wifi['mqtt_tls'] === true;
  const port = typeof wifi['mqtt_port'] === 'number' ? wifi['mqtt_port'] : 1883;
  const name = host?.includes(':') ? `[${host}]` : host;
  const remote =
    text(node['gogsRemote'], nodeFile) ?? joined(node['gogsBase'], node['controllerName'], nodeFile);
  return {
    settings: defined({
      node: text(node['controllerName'], nodeFile),
      wifi: text(wifi['wifiAP'], wifiFile),
      broker: text(name && `mqtt${isTls ? 's' : ''}://${name}:${port}`, wifiFile),
      brokerUser: text(wifi['mqtt_user'], wifiFile),
      gogs: remote,
      branch: text(node['gogsBranch'], nodeFile),
    }),
    secrets: defined({
      wifiPassword: text(wifi['wifiPassword'], wifiFile),
      brokerPassword: text(wifi['mqtt_password'], wifiFile),
      gogsToken: text(node['gogsToken'], nodeFile),
    }),
  };
}

function joined(
  base: PythonValue | undefined,
  name: PythonValue | undefined,
  file: string,
): FromFile | undefined {
  if (typeof base !== 'string' || typeof name !== 'string' || base === '') return undefined;
  return { value: `${base.replace(/\/$/, '')}/${name}`, file };
}

function defined<T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}

async function readDictionary(path: string): Promise<Readonly<Record<string, PythonValue>>> {
  let source: string;
  try {
    source = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw usageError(`cannot read ${path}: make it readable for you`, { cause: error });
  }
  // Loaded only where there is a file to read.
  const { readSettings } = await import('@ota/micropython-firmware');
  try {
    return readSettings(source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`${path}: ${reason}`, { cause });
  }
}
