import { Command, CommanderError } from 'commander';
import { exitCode } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import type { Streams } from './streams.ts';

export type { Streams } from './streams.ts';

/**
 * Runs the command line.
 *
 * @param argv the arguments after `ota`.
 * @returns the exit code: 0 done, 1 failed, 2 usage, 130 interrupted. Errors are printed, not thrown.
 */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  let code: number = exitCode.done;
  const program = new Command('ota')
    .description('Keeps a fleet of MicroPython nodes up to date from your own Git server.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    });
  program
    .command('demo')
    .description('Boots a virtual node, updates it from Git, and shows what happened.')
    .option('--keep', 'leave the site running until Ctrl-C and print how to reach it', false)
    .addHelpText('after', '\nExample:\n  ota demo --keep')
    .action(async (options: { keep: boolean }) => {
      // Loaded only now: help and usage errors must not wait for a site's libraries.
      const { demo } = await import('./commands/demo.ts');
      code = await interruptible((signal) => demo({ ...options, signal }, streams));
    });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
    streams.stderr.write(`ota: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCode.failed;
  }
}
