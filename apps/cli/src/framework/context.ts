import type { ArgumentSpecs, GivenArguments, GivenOptions, OptionSpecs } from './command.ts';
import type { Io } from './io.ts';
import type { Prompter } from './prompter.ts';
import type { ProgressState } from './output/screen.ts';
import type { SecretName, SettingName, SettingValues } from './settings/definitions.ts';
import type { Settings } from './settings/settings.ts';

/** What every command gets. */
export interface BaseContext {
  /** The board's address, of a command that has one; else empty. */
  readonly port: string;
  /** All boards of this run, as they were named. */
  readonly ports: readonly string[];
  /** Whether several boards are at work. */
  readonly isOneOfMany: boolean;
  readonly dryRun: boolean;
  /** Programs read what comes out, not people. */
  readonly isJson: boolean;
  /** The user agreed to everything beforehand. */
  readonly yes: boolean;
  readonly signal: AbortSignal;
  readonly io: Io;
  readonly prompter: Prompter;
  /** All settings with their origins; `settings` of the definition are in `values`. */
  readonly allSettings: Settings;
  /** A line of talk, to stderr. */
  readonly say: (line: string) => void;
  /** A bar on a terminal. */
  readonly progress: (state: ProgressState) => void;
  readonly endProgress: () => void;
  /** Of this command's `secrets`: asked for on a terminal if it is nowhere. */
  readonly secret: (name: SecretName) => Promise<string | undefined>;
}

export interface CommandContext<A, O, S extends SettingName> extends BaseContext {
  readonly args: GivenArguments<A>;
  readonly options: GivenOptions<O>;
  readonly settings: SettingValues<S>;
  /** A setting without which nothing goes. @throws CliError USAGE that says how to give it. */
  readonly need: <N extends S>(name: N) => NonNullable<SettingValues<S>[N]>;
}

export type ErasedContext = CommandContext<ArgumentSpecs, OptionSpecs, SettingName>;
export type { GivenArguments, GivenOptions };
