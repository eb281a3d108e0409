import { realpath } from 'node:fs/promises';
import type { ReleaseFile } from '@ota/micropython-firmware';
import { CliError, usageError } from '../framework/cli-error.ts';
import { git } from './git.ts';

/** What the next commit will have in `src/`. */
export interface StagedFiles {
  readonly files: readonly ReleaseFile[];
  /** Files that are different on this computer, or not known to Git, relative to `src/`. */
  readonly differing: readonly string[];
}

const kinds: Readonly<Record<string, string>> = {
  '120000': 'a symbolic link',
  '160000': 'a submodule',
};

/**
 * Reads the index: ids and sizes are those of the bytes that will be committed, whatever line ends or filters make of
 * them on this computer.
 *
 * @param directory `src/` in the root of a repository: nodes take no other.
 * @throws CliError USAGE for another directory, and for what no node takes: links, submodules, conflicts.
 */
export async function stagedFiles(
  directory: string,
  signature: string,
  signal: AbortSignal,
): Promise<StagedFiles> {
  const cwd = await realpath(directory);
  await checkPlace(cwd, directory, signal);
  const listed = [];
  for (const line of split(await git(cwd, ['ls-files', '--stage', '-z'], { signal }))) {
    const [, mode = '', id = '', stage = '', path = ''] = /^(\d+) (\w+) (\d)\t([^]*)$/.exec(line) ?? [];
    if (stage !== '0') throw usageError(`src/${path} has a conflict: solve it first`);
    const kind = kinds[mode];
    if (kind !== undefined)
      throw usageError(`src/${path} is ${kind}, which no node installs: commit the files`);
    if (path !== signature) listed.push({ path, id });
  }
  if (listed.length === 0) throw usageError('nothing of src/ is staged or committed: "git add src" first');
  const sizes = await git(cwd, ['cat-file', '--batch-check=%(objectsize)'], {
    signal,
    input: listed.map(({ id }) => `${id}\n`).join(''),
  });
  const numbers = sizes.toString().split('\n').map(Number);
  // Whether a file may be run is in no signature.
  const compare = ['-c', 'core.fileMode=false', 'diff', '--name-only', '--relative', '--no-ext-diff', '-z'];
  const changed = split(await git(cwd, compare, { signal }));
  const others = split(await git(cwd, ['ls-files', '--others', '--exclude-standard', '-z'], { signal }));
  return {
    files: listed.map((file, at) => ({ ...file, size: numbers[at] ?? NaN })),
    differing: [...new Set([...changed, ...others])].filter((path) => path !== signature).sort(),
  };
}

/** Stages the signature. @throws CliError USAGE where Git does not take its bytes as they are. */
export async function stageSignature(
  directory: string,
  file: ReleaseFile,
  signal: AbortSignal,
): Promise<void> {
  const cwd = await realpath(directory);
  await git(cwd, ['add', '--', file.path], { signal });
  const [line = ''] = split(await git(cwd, ['ls-files', '--stage', '-z', '--', file.path], { signal }));
  if (!line.includes(` ${file.id} `)) {
    throw usageError(
      `Git changes src/${file.path} when it is added: write "src/${file.path} -text -filter" into .gitattributes`,
    );
  }
}

async function checkPlace(cwd: string, directory: string, signal: AbortSignal): Promise<void> {
  const place = await git(cwd, ['rev-parse', '--show-prefix'], { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof CliError && !/not a git repository/.test(error.message)) throw error;
    throw usageError(`${directory} is in no Git repository: sign where you commit`, { cause: error });
  });
  if (place.toString() !== 'src/\n') {
    throw usageError(`${directory} is not src/ in the root of its repository, which is all that nodes take`);
  }
}

function split(output: Buffer): string[] {
  return output.toString().split('\0').filter(Boolean);
}
