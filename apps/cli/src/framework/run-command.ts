import { exitCode } from '../exit-code.ts';
import { usageError } from './cli-error.ts';
import { settingsOf, type Command } from './command.ts';
import type { BaseContext, ErasedContext } from './context.ts';
import { explainError, type ExplainedError } from './explain-error.ts';
import type { Io } from './io.ts';
import { printable } from './output/printable.ts';
import { Screen } from './output/screen.ts';
import { canRedraw, styleFor } from './output/style.ts';
import { choosePorts } from './ports.ts';
import { Prompter } from './prompter.ts';
import { secretSpecs, type SecretName, type SettingName } from './settings/definitions.ts';
import { Settings, waysToGive } from './settings/settings.ts';
import { View } from './view.ts';

/** A command line, taken apart. */
export interface Invocation {
  readonly command: Command;
  readonly args: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly all: boolean;
  readonly config: string | undefined;
}

/**
 * Runs a command for each of its boards, in parallel; what fails for one stops no other.
 *
 * @returns the exit code. @throws what is wrong before anything began, and what the only board says.
 */
export async function runCommand(invocation: Invocation, io: Io): Promise<number> {
  return new Run(invocation, io).start();
}

class Run {
  readonly #invocation: Invocation;
  readonly #command: Command;
  readonly #io: Io;
  readonly #screen: Screen;
  readonly #prompter: Prompter;
  /** One question at a time, and each once. */
  readonly #asked = new Map<SecretName, Promise<string | undefined>>();

  constructor(invocation: Invocation, io: Io) {
    this.#invocation = invocation;
    this.#command = invocation.command;
    this.#io = io;
    this.#screen = new Screen(io.stderr, { canRedraw: canRedraw(io.stderr, io.env) });
    this.#prompter = new Prompter(io);
  }

  async start(): Promise<number> {
    const { flags, config, all } = this.#invocation;
    const { env, cwd } = this.#io;
    const settings = await Settings.load({ flags, env, cwd, configPath: config });
    const values = await settings.values(settingsOf(this.#command));
    const { boards = 'none' } = this.#command;
    const ports = boards === 'none' ? [''] : await choosePorts(boards, all, settings, this.#io);
    const contexts = ports.map((port) => this.#context(port, ports, settings, values));
    const [only, ...others] = contexts;
    if (only) await this.#command.check?.(only);
    await this.#agree(boards === 'none' ? [] : ports);
    this.#io.signal.throwIfAborted();
    if (only && others.length === 0) return this.#runOne(only);
    return this.#runAll(contexts);
  }

  async #runAll(contexts: readonly ErasedContext[]): Promise<number> {
    const codes = await Promise.all(
      contexts.map(async (context) => {
        try {
          return await this.#runOne(context);
        } catch (error) {
          if (this.#io.signal.aborted) return exitCode.interrupted;
          const explained = explainError(error);
          this.#screen.endProgress(context.port);
          this.#screen.say(this.#errorLine(explained, context.port));
          return explained.exitCode;
        }
      }),
    );
    this.#io.signal.throwIfAborted();
    const failures = new Set(codes.filter((code) => code !== exitCode.done));
    const [only] = failures;
    return failures.size === 0 ? exitCode.done : failures.size === 1 ? (only ?? 1) : exitCode.failed;
  }

  async #runOne(context: ErasedContext): Promise<number> {
    const command = this.#command;
    const style = styleFor(this.#io.stdout, this.#io.env);
    const prefix = context.isOneOfMany ? `${context.port}: ` : '';
    const view = new View(
      this.#io.stdout,
      style,
      () => {
        this.#screen.clear();
      },
      prefix,
    );
    const show = (result: unknown): void => {
      if (context.isJson) view.write(`${JSON.stringify(this.#withPort(context, result))}\n`);
      else command.print(result, view, context);
    };
    try {
      const answer = command.run(context);
      if (command.isStream) {
        for await (const item of answer as AsyncIterable<unknown>) show(item);
        return exitCode.done;
      }
      const result = await (answer as Promise<unknown>);
      context.endProgress();
      show(result);
      return command.exitCode?.(result) ?? exitCode.done;
    } finally {
      context.endProgress();
    }
  }

  /** A program that asked for several boards has to know which one a line is of. */
  #withPort(context: ErasedContext, result: unknown): unknown {
    return context.isOneOfMany ? { port: context.port, ...(result as object) } : result;
  }

  #errorLine(error: ExplainedError, port: string): string {
    if (this.#invocation.json) return JSON.stringify({ port, error });
    const style = styleFor(this.#io.stderr, this.#io.env);
    return `${port}: ${style('red', printable(error.message))}`;
  }

  /** @throws CliError USAGE without a yes. */
  async #agree(ports: readonly string[]): Promise<void> {
    const { args, options, dryRun, yes } = this.#invocation;
    const loss = this.#command.destroys?.({ args, options, ports });
    if (loss === undefined || dryRun || yes) return;
    if (!this.#prompter.canAsk) throw usageError(`${loss}: to go on, add --yes (--dry-run only tells)`);
    if (await this.#prompter.confirm(`${loss}.`)) return;
    throw usageError('nothing was done: only "yes" goes on');
  }

  #context(
    port: string,
    ports: readonly string[],
    allSettings: Settings,
    values: Readonly<Record<string, unknown>>,
  ): ErasedContext {
    const { json, dryRun, yes, args, options } = this.#invocation;
    const isOneOfMany = ports.length > 1;
    const title = isOneOfMany ? port : '';
    const base: BaseContext = {
      ...{ port, ports, isOneOfMany, dryRun, yes, allSettings },
      isJson: json,
      signal: this.#io.signal,
      io: this.#io,
      prompter: this.#prompter,
      say: (line) => {
        // A traceback has several.
        const lines = line.split('\n').map(printable).join('\n');
        this.#screen.say(title === '' ? lines : `${title}: ${lines}`);
      },
      progress: (state) => {
        this.#screen.progress(port, title, state);
      },
      endProgress: () => {
        this.#screen.endProgress(port);
      },
      secret: (name) => this.#secret(name, allSettings),
    };
    return {
      ...base,
      args: args,
      options: options,
      settings: values as ErasedContext['settings'],
      need: ((name: SettingName) => {
        const value = values[name];
        if (value === undefined) throw usageError(`"${name}" is not known: give ${waysToGive(name)}`);
        return value;
      }) as ErasedContext['need'],
    };
  }

  async #secret(name: SecretName, settings: Settings): Promise<string | undefined> {
    const { value } = await settings.secret(name);
    if (value !== undefined || !this.#prompter.canAsk) return value;
    const asked = this.#asked.get(name) ?? this.#prompter.askSecret(upperFirst(secretSpecs[name].about));
    this.#asked.set(name, asked);
    return (await asked) || undefined;
  }
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
