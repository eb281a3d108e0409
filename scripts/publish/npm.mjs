// npm as a child process: the npm that runs this script, or the one in PATH.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs npm, on every system; resolves with what it printed, rejects with what it complained about. */
export async function npm(words, options = {}) {
  const cli = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined;
  // Windows has npm.cmd, which only a shell starts; the words here are ours and hold nothing for a shell to expand.
  const [file, args] = cli ? [process.execPath, [cli, ...words]] : ['npm', words];
  const run = promisify(execFile)(file, args, {
    shell: !cli && process.platform === 'win32',
    maxBuffer: 64 * 2 ** 20,
    ...options,
  });
  try {
    return (await run).stdout;
  } catch (error) {
    throw new Error(`npm ${words[0]} failed:\n${error.stderr || error.stdout || error.message}`, {
      cause: error,
    });
  }
}
