import { Argument, Command as Commander, InvalidArgumentError, Option } from 'commander';
import type { CommandEntry } from '../registry.ts';
import { settingsOf, type Command } from './command.ts';
import { kebabCase } from './options.ts';
import type { Invocation } from './run-command.ts';
import { secretSpecs, settingSpecs, type SettingName, type SettingSpec } from './settings/definitions.ts';
import { flagOf } from './settings/settings.ts';

export interface ProgramOptions {
  readonly version: string;
  readonly entries: readonly CommandEntry[];
  /** The command that the command line is about, if there is one: only its module is loaded. */
  readonly command: Command | undefined;
  readonly writeOut: (text: string) => void;
  readonly run: (invocation: Invocation) => Promise<void>;
}

const settingsGroup = 'Settings (also in the environment and in ota.config.json):';
const outputGroup = 'Output:';

/** The command line as commander knows it. Its errors are thrown, not printed. */
export function buildProgram({ version, entries, command, writeOut, run }: ProgramOptions): Commander {
  const program = new Commander('ota')
    .description('Keeps a fleet of MicroPython nodes up to date from your own Git server.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this')
    .helpCommand('help [command]', 'show a command and its options')
    .exitOverride()
    .configureOutput({
      writeOut,
      writeErr: () => undefined,
      // Whoever calls prints it, once, in one form.
      outputError: () => undefined,
    })
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', '\nota COMMAND --help shows a command, its options and an example.');
  for (const { name, about, group } of entries) {
    const sub = program.command(name).description(about).helpGroup(`${group}:`);
    if (command?.name === name) describe(sub, command, run);
  }
  return program;
}

function describe(sub: Commander, command: Command, run: ProgramOptions['run']): void {
  if (command.details !== undefined) sub.description(`${command.about}\n\n${command.details}`);
  const names = Object.keys(command.args ?? {});
  for (const [name, spec] of Object.entries(command.args ?? {})) {
    const word = kebabCase(name) + (spec.isList ? '...' : '');
    const argument = new Argument(spec.isOptional ? `[${word}]` : `<${word}>`, spec.about);
    const { choices } = spec;
    if (choices) {
      argument.argParser((text: string) => {
        if (choices.includes(text)) return text;
        throw new InvalidArgumentError(`it has to be ${choices.join(' or ')}.`);
      });
    }
    sub.addArgument(argument);
  }
  addOptions(sub, command);
  addSettings(sub, command);
  const examples = command.examples.map(([line, about]) => `  ${line}\n      ${about}`);
  sub.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  sub.action(async (...given: unknown[]) => {
    const options = sub.opts<Record<string, unknown>>();
    await run({
      command,
      args: Object.fromEntries(names.map((name, at) => [name, given[at]])),
      options: Object.fromEntries(
        Object.entries(command.options ?? {}).map(([name, { initial }]) => [name, options[name] ?? initial]),
      ),
      flags: flagsOf(command, options),
      json: options['json'] === true,
      dryRun: options['dryRun'] === true,
      yes: options['yes'] === true,
      all: options['all'] === true,
      config: options['config'] as string | undefined,
    });
  });
}

function addOptions(sub: Commander, command: Command): void {
  for (const [name, spec] of Object.entries(command.options ?? {})) {
    const long = `--${kebabCase(name)}`;
    const flags = spec.short === undefined ? long : `-${spec.short}, ${long}`;
    const option = new Option(spec.value === undefined ? flags : `${flags} <${spec.value}>`, spec.about);
    const { choices } = spec;
    option.argParser((text: string, before: unknown) => {
      if (choices && !choices.includes(text)) {
        throw new InvalidArgumentError(`it has to be ${choices.join(' or ')}.`);
      }
      const value = spec.parse(text);
      return spec.isList ? [...((before as unknown[] | undefined) ?? []), value] : value;
    });
    sub.addOption(option);
  }
  const all = command.boards === 'many';
  if (all) sub.option('--all', 'every board that is plugged in, at once');
  if (command.changes === true) sub.option('--dry-run', 'only tell what would be done');
  if (command.destroys) sub.option('-y, --yes', 'do not ask');
}

function addSettings(sub: Commander, command: Command): void {
  const secrets = (command.secrets ?? []).map((name) => secretSpecs[name].file);
  for (const name of new Set([...settingsOf(command), ...secrets])) {
    const spec: SettingSpec<unknown> = settingSpecs[name];
    const short = spec.short === undefined ? '' : `-${spec.short}, `;
    const fallback = spec.fallback === undefined ? '' : ` (default: ${String(spec.fallback)})`;
    const option = new Option(`${short}--${flagOf(name)} <${spec.value}>`, spec.about + fallback);
    sub.addOption(option.helpGroup(settingsGroup));
  }
  const config = new Option('--config <file>', 'in place of the nearest ota.config.json');
  sub.addOption(config.helpGroup(settingsGroup));
  sub.addOption(new Option('--json', 'for programs: data as JSON').helpGroup(outputGroup));
  sub.helpOption(false);
  sub.addHelpOption(new Option('-h, --help', 'show this').helpGroup(outputGroup));
}

/** What was given of the settings' flags. commander names an option after its flag. */
function flagsOf(
  command: Command,
  options: Readonly<Record<string, unknown>>,
): Partial<Record<SettingName, string>> {
  const secrets = (command.secrets ?? []).map((name) => secretSpecs[name].file);
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of [...settingsOf(command), ...secrets]) {
    const key = flagOf(name).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const given = options[key];
    if (typeof given === 'string') flags[name] = given;
  }
  return flags;
}
