import type { z } from 'zod';
import type { CommandContext, ErasedContext } from './context.ts';
import type { ArgumentSpec, OptionSpec } from './options.ts';
import type { SecretName, SettingName } from './settings/definitions.ts';
import type { View } from './view.ts';

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec<unknown>>>;
export type OptionSpecs = Readonly<Record<string, OptionSpec<unknown>>>;

/** What a command line gave, by the names in the definition. */
export type Given<S> = {
  readonly [K in keyof S]: S[K] extends ArgumentSpec<infer T> | OptionSpec<infer T> ? T : never;
};
export type GivenArguments<S> = {
  readonly [K in keyof S]: S[K] extends ArgumentSpec<infer T> ? T : never;
};
export type GivenOptions<S> = { readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never };

/**
 * One command: everything that help, completion, README and the runner need to know of it.
 *
 * `run` does the work and returns data; `print` shows them to a person; with `--json` they are printed as they are. A command that
 * has something to tell again and again (`isStream`) is an async generator, and each thing it yields is a line.
 */
export interface CommandDefinition<
  A extends ArgumentSpecs,
  O extends OptionSpecs,
  S extends SettingName,
  R extends z.ZodType,
> {
  readonly name: string;
  /** A sentence, as in the registry. */
  readonly about: string;
  /** More of it, for `--help`. */
  readonly details?: string;
  readonly args?: A;
  readonly options?: O;
  /** Which settings it looks at; each brings its flag. A command of a board has the port's without naming them. */
  readonly settings?: readonly S[];
  readonly secrets?: readonly SecretName[];
  /** `many`: it runs once for each board of `--port a,b` or `--all`. @default 'none' */
  readonly boards?: 'none' | 'one' | 'many';
  /** Whether it changes something: brings `--dry-run`. */
  readonly changes?: boolean;
  /** What will be lost, as a sentence, if something will: then it is asked for, or needs `--yes`. */
  readonly destroys?: (given: {
    readonly args: GivenArguments<A>;
    readonly options: GivenOptions<O>;
    readonly ports: readonly string[];
  }) => string | undefined;
  /** Looks once, before anything is asked for or touched, at what only all boards together show. @throws CliError USAGE. */
  check?(context: CommandContext<A, O, S>): Promise<void>;
  /** Command lines with what they do; the first is the one for the README. */
  readonly examples: readonly (readonly [line: string, about: string])[];
  /** What `--json` prints: of a stream, each of its lines. */
  readonly result: R;
}

export interface ValueCommand<
  A extends ArgumentSpecs,
  O extends OptionSpecs,
  S extends SettingName,
  R extends z.ZodType,
> extends CommandDefinition<A, O, S, R> {
  readonly isStream?: false;
  run(context: CommandContext<A, O, S>): Promise<z.input<R>>;
  print(result: z.input<R>, view: View, context: CommandContext<A, O, S>): void;
  /** For results that are a failure nevertheless, such as a doctor's red lines. @default 0 */
  exitCode?(result: z.input<R>): number;
}

export interface StreamCommand<
  A extends ArgumentSpecs,
  O extends OptionSpecs,
  S extends SettingName,
  R extends z.ZodType,
> extends CommandDefinition<A, O, S, R> {
  readonly isStream: true;
  run(context: CommandContext<A, O, S>): AsyncIterable<z.input<R>>;
  print(item: z.input<R>, view: View, context: CommandContext<A, O, S>): void;
}

/** A command as the framework handles it, whatever its types are. */
export interface Command extends Omit<
  CommandDefinition<ArgumentSpecs, OptionSpecs, SettingName, z.ZodType>,
  'check'
> {
  readonly isStream?: boolean;
  check?(context: ErasedContext): Promise<void>;
  run(context: ErasedContext): Promise<unknown> | AsyncIterable<unknown>;
  print(result: unknown, view: View, context: ErasedContext): void;
  exitCode?(result: unknown): number;
}

/** Checks a definition's types, and gives it to the framework. */
export function defineCommand<
  const A extends ArgumentSpecs,
  const O extends OptionSpecs,
  const S extends SettingName,
  R extends z.ZodType,
>(definition: ValueCommand<A, O, S, R>): Command {
  return definition as unknown as Command;
}

/** As {@link defineCommand}, for one that tells things as they happen. */
export function defineStream<
  const A extends ArgumentSpecs,
  const O extends OptionSpecs,
  const S extends SettingName,
  R extends z.ZodType,
>(definition: Omit<StreamCommand<A, O, S, R>, 'isStream'>): Command {
  return { ...definition, isStream: true } as unknown as Command;
}

/** The settings whose flags a command has. */
export function settingsOf(command: Command): SettingName[] {
  const ofBoards: SettingName[] =
    (command.boards ?? 'none') === 'none' ? [] : ['port', 'baud', 'lines', 'webreplPasswordFile'];
  return [...new Set([...ofBoards, ...(command.settings ?? [])])];
}
