// npm as a child process: the npm that runs this script, or the one in PATH.
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Runs npm, on every system; resolves with what it printed, rejects with what it complained about, or when it has not ended
 * after `timeout` milliseconds.
 */
export async function npm(words, { timeout = 300_000, ...options } = {}) {
  const cli = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined;
  // Windows has npm.cmd, which only a shell starts; the words here are ours and hold nothing for a shell to expand.
  const [file, args] = cli ? [process.execPath, [cli, ...words]] : ['npm', words];
  const run = promisify(execFile)(file, args, {
    shell: !cli && process.platform === 'win32',
    maxBuffer: 64 * 2 ** 20,
    timeout,
    ...options,
  });
  try {
    return (await run).stdout;
  } catch (error) {
    const what = error.killed ? `did not end in ${timeout / 1000} s` : 'failed';
    throw new Error(`npm ${words[0]} ${what}:\n${error.stderr || error.stdout || error.message}`, {
      cause: error,
    });
  }
}

/** Whether npm installed into `folder` what its lock names now. */
export function isInstalled(folder) {
  const installed = join(folder, 'node_modules/.package-lock.json'); // npm writes it last
  return (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs
  );
}
