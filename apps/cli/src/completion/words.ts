import { settingsOf, type Command } from '../framework/command.ts';
import { kebabCase } from '../framework/options.ts';
import {
  secretSpecs,
  settingSpecs,
  type SettingName,
  type SettingSpec,
} from '../framework/settings/definitions.ts';
import { flagOf } from '../framework/settings/settings.ts';
import type { CommandEntry } from '../registry.ts';

/** One option as shells need to know it. */
export interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly about: string;
  /** Undefined for a switch. */
  readonly value: 'file' | 'directory' | 'any' | readonly string[] | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  /** What its operands are on this computer. */
  readonly operands: 'file' | 'directory' | 'any' | readonly string[];
}

/** All commands with all their options. */
export async function completedCommands(entries: readonly CommandEntry[]): Promise<CompletedCommand[]> {
  const loaded = await Promise.all(entries.map(({ load }) => load()));
  return loaded.map(({ command }) => ({
    name: command.name,
    about: command.about,
    options: optionsOf(command),
    operands: operandsOf(command),
  }));
}

function operandsOf(command: Command): CompletedCommand['operands'] {
  const [first] = Object.values(command.args ?? {});
  return first?.choices ?? first?.completes ?? 'any';
}

function optionsOf(command: Command): CompletedOption[] {
  const own = Object.entries(command.options ?? {}).map(([name, spec]) => ({
    long: kebabCase(name),
    short: spec.short,
    about: spec.about,
    value: spec.value === undefined ? undefined : (spec.choices ?? spec.completes ?? ('any' as const)),
  }));
  const names: SettingName[] = (command.secrets ?? []).map((name) => secretSpecs[name].file);
  const settings = [...new Set([...settingsOf(command), ...names])].map((name) => {
    const spec: SettingSpec<unknown> = settingSpecs[name];
    const value = spec.choices ?? spec.completes ?? ('any' as const);
    return { long: flagOf(name), short: spec.short, about: spec.about, value };
  });
  const switches: [string, string, boolean][] = [
    ['all', 'every board that is plugged in', command.boards === 'many'],
    ['dry-run', 'only tell what would be done', command.changes === true],
    ['yes', 'do not ask', command.destroys !== undefined],
    ['json', 'data as JSON', true],
    ['help', 'show this', true],
  ];
  const common = switches
    .filter(([, , has]) => has)
    .map(([long, about]) => ({ long, about, short: undefined, value: undefined }));
  const config = {
    long: 'config',
    short: undefined,
    about: 'the configuration file',
    value: 'file' as const,
  };
  return [...own, ...settings, config, ...common];
}
