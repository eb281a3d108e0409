import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { usageError } from '../cli-error.ts';
import { settingSpecs, type SettingName } from './definitions.ts';

const rate = z.int().positive();
const word = z.string().min(1);

const fields = {
  port: z.union([word, z.array(word).min(1)]),
  baud: rate,
  lines: z.enum(['on', 'off']),
  flashBaud: rate,
  settingsDir: word,
  node: word,
  wifi: word,
  broker: word,
  brokerUser: word,
  brokerCa: word,
  gogs: word,
  gogsCaPem: word,
  branch: word,
  board: word,
  variant: word,
  micropython: word,
  mirror: word,
  proxy: word,
  cacheDir: word,
  signingKeyFile: word,
  wifiPasswordFile: word,
  brokerPasswordFile: word,
  gogsTokenFile: word,
  webreplPasswordFile: word,
} satisfies Record<SettingName, z.ZodType>;

const described = Object.fromEntries(
  Object.entries(fields).map(([name, field]) => [
    name,
    field.describe(settingSpecs[name as SettingName].about).optional(),
  ]),
);

/** `ota.config.json`. Secrets have no place in it: it names the files they are in. */
export const configSchema = z
  .strictObject({ $schema: z.string().optional(), ...described })
  .meta({ title: 'ota.config.json', description: 'Settings of the command line `ota`.' });

/** A configuration file that was read and checked. */
export interface ConfigFile {
  readonly path: string;
  /** By setting, as a text on the command line would be. */
  readonly values: Readonly<Partial<Record<SettingName, string>>>;
}

/** @throws CliError USAGE for a file that cannot be read or is wrong. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const value = parseJson(path, await readText(path));
  const result = configSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw usageError(`${path} is wrong${where && ` at "${where}"`}: ${issue?.message ?? 'no settings'}`, {
      cause: result.error,
    });
  }
  const values: Partial<Record<SettingName, string>> = {};
  for (const [name, given] of Object.entries<unknown>(result.data)) {
    if (name === '$schema' || given === undefined) continue;
    const spec = settingSpecs[name as SettingName];
    const text = Array.isArray(given) ? given.join(',') : `${given as string | number}`;
    values[name as SettingName] = 'isPath' in spec ? resolve(dirname(path), text) : text;
  }
  return { path, values };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw usageError(`cannot read ${path}: name a file that is there, or leave --config out`, { cause });
  }
}

function parseJson(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw usageError(`${path} is no JSON (${reason}): mend it, or leave --config out`, { cause });
  }
}

/** The schema that editors complete by; published as `ota.config.schema.json`. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema);
}
