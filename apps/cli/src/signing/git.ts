import { execFile } from 'node:child_process';
import { exitCode } from '../exit-code.ts';
import { CliError } from '../framework/cli-error.ts';

const largestOutput = 64 * 1024 * 1024;

/**
 * Runs git in a directory.
 *
 * @returns what it printed.
 * @throws CliError GIT with what it said; the signal's reason.
 */
export async function git(
  cwd: string,
  args: readonly string[],
  { signal, input = '' }: { readonly signal: AbortSignal; readonly input?: string },
): Promise<Buffer> {
  // Nobody is asked for anything, and a look at what is there locks nothing.
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
  const options = { cwd, env, signal, maxBuffer: largestOutput, encoding: 'buffer' } as const;
  try {
    return await new Promise((resolve, reject) => {
      const child = execFile('git', args, options, (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else reject(failure(error, args, stderr.toString().trim()));
      });
      // What went wrong is told by its end.
      child.stdin?.on('error', () => undefined).end(input);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function failure(cause: Error, args: readonly string[], said: string): CliError {
  if ('code' in cause && cause.code === 'ENOENT') {
    return new CliError('GIT', exitCode.usage, 'git is not installed here, which this needs', { cause });
  }
  return new CliError('GIT', exitCode.failed, `git ${args.join(' ')}: ${said || cause.message}`, { cause });
}
