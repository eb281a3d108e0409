import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError } from '../cli-error.ts';
import { kebabCase } from '../options.ts';
import type { ConfigFile } from './config-file.ts';
import {
  secretSpecs,
  settingSpecs,
  type SecretName,
  type SettingName,
  type SettingSpec,
  type SettingValues,
} from './definitions.ts';
import { findConfig } from './find-config.ts';
import { readNodeSettings, type NodeSettingsFiles } from './node-settings.ts';

/** Where a value came from; `name` is the flag, the variable or the file. */
export interface Origin {
  readonly kind: 'flag' | 'environment' | 'file' | 'default' | 'none';
  readonly name: string;
}

export interface Resolved<T = unknown> {
  readonly value: T | undefined;
  readonly origin: Origin;
}

export interface SettingsSources {
  /** As given on the command line. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** By `--config`. */
  readonly configPath?: string | undefined;
}

const nobody: Origin = { kind: 'none', name: '' };
/** What the nodes' settings files can say. */
const inNodeFiles: ReadonlySet<SettingName> = new Set([
  ...(['node', 'wifi', 'broker', 'brokerUser', 'gogs', 'branch'] as const),
]);

/** The settings of one run, and where each came from. */
export class Settings {
  readonly configFile: ConfigFile | undefined;
  readonly #sources: SettingsSources;
  #nodeFiles: Promise<NodeSettingsFiles> | undefined;

  private constructor(sources: SettingsSources, configFile: ConfigFile | undefined) {
    this.#sources = sources;
    this.configFile = configFile;
  }

  /** @throws CliError USAGE for a wrong configuration file. */
  static async load(sources: SettingsSources): Promise<Settings> {
    const named = sources.configPath ?? (sources.env['OTA_CONFIG'] || undefined);
    return new Settings(sources, await findConfig(sources.cwd, named));
  }

  /** @throws CliError USAGE for a value that is wrong, naming where it came from. */
  async resolve<N extends SettingName>(name: N): Promise<Resolved<SettingValues<N>[N]>> {
    const found = await this.#find(name);
    return found as Resolved<SettingValues<N>[N]>;
  }

  /** The values alone, of all these settings. */
  async values<N extends SettingName>(names: readonly N[]): Promise<SettingValues<N>> {
    const entries: [N, unknown][] = [];
    for (const name of names) entries.push([name, (await this.resolve(name)).value]);
    return Object.fromEntries(entries) as unknown as SettingValues<N>;
  }

  /**
   * A secret: from the environment, the file that a flag, the environment or the configuration names, else the nodes' settings files.
   *
   * @throws CliError USAGE for a file that cannot be read.
   */
  async secret(name: SecretName): Promise<Resolved<string>> {
    const { env, file } = secretSpecs[name];
    const given = this.#sources.env[env];
    if (given) return { value: given, origin: { kind: 'environment', name: env } };
    const { value: path } = await this.resolve(file);
    if (typeof path === 'string') {
      return { value: await readSecret(path), origin: { kind: 'file', name: path } };
    }
    const stored = (await this.#stored()).secrets[name];
    if (stored) return { value: stored.value, origin: { kind: 'file', name: stored.file } };
    return { value: undefined, origin: nobody };
  }

  async #find(name: SettingName): Promise<Resolved> {
    const spec: SettingSpec<unknown> = settingSpecs[name];
    const { flags, env, cwd } = this.#sources;
    const here = (given: string): string => (spec.isPath ? resolve(cwd, given) : given);
    const flag = flags[name];
    if (flag !== undefined) {
      return parsed(name, here(flag), { kind: 'flag', name: `--${flagOf(name)}` });
    }
    for (const variable of spec.env) {
      const given = env[variable];
      if (given) return parsed(name, here(given), { kind: 'environment', name: variable });
    }
    const inConfig = this.configFile?.values[name];
    if (inConfig !== undefined) {
      return parsed(name, inConfig, { kind: 'file', name: this.configFile?.path ?? '' });
    }
    const stored = inNodeFiles.has(name) ? (await this.#stored()).settings[name] : undefined;
    if (stored) return parsed(name, stored.value, { kind: 'file', name: stored.file });
    if (spec.fallback === undefined) return { value: undefined, origin: nobody };
    const value = spec.isPath ? resolve(cwd, String(spec.fallback)) : spec.fallback;
    return { value, origin: { kind: 'default', name: '' } };
  }

  async #stored(): Promise<NodeSettingsFiles> {
    this.#nodeFiles ??= this.resolve('settingsDir').then(({ value }) => readNodeSettings(value ?? '.'));
    return this.#nodeFiles;
  }
}

/** A setting's flag, without dashes. */
export function flagOf(name: SettingName): string {
  const spec: SettingSpec<unknown> = settingSpecs[name];
  return spec.flag ?? kebabCase(name);
}

/** How to give a setting, for messages. */
export function waysToGive(name: SettingName): string {
  const spec: SettingSpec<unknown> = settingSpecs[name];
  return `--${flagOf(name)}, ${spec.env[0] ?? ''} or "${name}" in ota.config.json`;
}

function parsed(name: SettingName, text: string, origin: Origin): Resolved {
  const spec: SettingSpec<unknown> = settingSpecs[name];
  const wrong = (why: string, cause?: unknown): Error =>
    usageError(`${origin.name} has a wrong value for "${name}": ${why}`, { cause });
  if (spec.choices && !spec.choices.includes(text)) throw wrong(`it has to be ${spec.choices.join(' or ')}`);
  if (text.trim() === '') throw wrong('it is empty');
  try {
    return { value: spec.parse(text), origin };
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), error);
  }
}

/** One line; the newline that editors put at its end is not part of it. */
async function readSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw usageError(`cannot read ${path}: name a file that is there and readable for you`, { cause });
  }
}
