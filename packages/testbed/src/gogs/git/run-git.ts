import { spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { buffer, text } from 'node:stream/consumers';
import { findTool } from '@ota/virtual-device';
import { GitFailedError } from '../errors.ts';

export interface RunGitOptions {
  /** The folder to run in: for us a bare repository or its parent. */
  readonly cwd: string;
  readonly input?: string | Uint8Array;
  /** Added to the isolated environment. The place for secrets: argv is public. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

/**
 * The environment Git runs in: nothing of the user's configuration, identity or credentials, messages in English,
 * times in UTC, never a prompt.
 */
export function gitEnvironment(home: string): Record<string, string> {
  const kept = ['PATH', 'SYSTEMROOT', 'TEMP', 'TMPDIR'].flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Testbed',
    GIT_AUTHOR_EMAIL: 'testbed@example.test',
    GIT_COMMITTER_NAME: 'Testbed',
    GIT_COMMITTER_EMAIL: 'testbed@example.test',
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}

/** @throws GitFailedError where no git is installed. */
export function gitProgram(): string {
  const program = findTool('git');
  if (!program) throw new GitFailedError('', null, 'git is not installed: put it in PATH or set OTA_GIT');
  return program;
}

/**
 * Runs one git command to its end.
 *
 * @returns what it wrote to stdout.
 * @throws GitFailedError when it ends with anything but 0 or not in time.
 */
export async function runGit(args: readonly string[], options: RunGitOptions): Promise<Buffer> {
  const deadline = AbortSignal.timeout(options.timeoutMs ?? 30_000);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  signal.throwIfAborted();
  const child = spawn(gitProgram(), args, {
    cwd: options.cwd,
    env: { ...gitEnvironment(options.cwd), ...options.env },
    stdio: 'pipe',
    signal,
    killSignal: 'SIGKILL',
  });
  // A command that does not read its input closes the pipe early; its exit code says what was wrong.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  try {
    const [stdout, stderr, exitCode] = await Promise.all([buffer(child.stdout), text(child.stderr), ended]);
    if (exitCode === 0) return stdout;
    throw new GitFailedError(args[0] ?? '', exitCode, stderr);
  } catch (cause) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (cause instanceof GitFailedError) throw cause;
    throw new GitFailedError(args[0] ?? '', null, cause instanceof Error ? cause.message : '', { cause });
  }
}
