import { CommanderError } from 'commander';
import { exitCode } from './exit-code.ts';
import { usageError } from './framework/cli-error.ts';
import type { Command } from './framework/command.ts';
import type { Io } from './framework/io.ts';
import { buildProgram } from './framework/program.ts';
import { registry } from './registry.ts';
import { version } from './version.ts';

export type { Input, Io, Output } from './framework/io.ts';

/**
 * Runs the command line.
 *
 * @param argv the arguments after `ota`.
 * @returns the exit code: 0 done, 1 failed, 2 usage, 3 device, 4 network, 130 interrupted. Errors are printed, not thrown.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const name = commandIn(argv);
  try {
    return await run(argv, io, name);
  } catch (error) {
    if (io.signal.aborted || (error instanceof Error && error.name === 'InterruptedError')) {
      return exitCode.interrupted;
    }
    // Loaded only now: help must not wait for it.
    const { reportError } = await import('./framework/report-error.ts');
    return reportError(error, io, name, argv.includes('--json'));
  }
}

async function run(argv: readonly string[], io: Io, name: string | undefined): Promise<number> {
  const command = await loadCommand(name);
  let code: number = exitCode.done;
  const program = buildProgram({
    ...{ version, entries: registry, command },
    writeOut: (text) => io.stdout.write(text),
    run: async (invocation) => {
      // The same: usage errors need none of it.
      const { runCommand } = await import('./framework/run-command.ts');
      code = await runCommand(invocation, io);
    },
  });
  if (argv.length === 0) {
    io.stderr.write(program.helpInformation());
    return exitCode.usage;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCode.done;
    const problem = error.message.replace(/^error: /, '').replace(/\.?\s*$/, '');
    throw usageError(`${problem}; "ota ${command ? `${command.name} ` : ''}--help" shows how it goes`);
  }
}

/** The first word that is no option; also of `ota help WORD`. */
function commandIn(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  return argv[0] === 'help' ? words[1] : argv[0]?.startsWith('-') ? undefined : words[0];
}

async function loadCommand(name: string | undefined): Promise<Command | undefined> {
  const entry = registry.find((candidate) => candidate.name === name);
  return entry && (await entry.load()).command;
}
