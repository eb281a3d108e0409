import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

/** What a run of a README's program is given. */
export interface ReadmeRunOptions {
  /** Arguments, as `process.argv` has them from the third on. */
  readonly args?: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program after so many milliseconds; 30 000 unless told otherwise. */
  readonly timeoutMs?: number;
}

/** The first program of a README, ready to run. */
export interface ReadmeExample {
  /** What the program's comments say it prints: `console.log(…); // this`. */
  readonly promised: readonly string[];
  /** The directory it runs in; files that it reads belong here. */
  readonly folder: string;
  /**
   * Runs the program as a process of its own.
   *
   * @returns the lines it printed.
   * @throws if it ends with anything but 0, or not in time; the error has what it wrote to stderr.
   */
  run(options?: ReadmeRunOptions): Promise<readonly string[]>;
}

/**
 * Takes the first `js` program out of a package's README, for a test that runs it as printed. It runs inside the package,
 * so that the package's name resolves to its own build. The folder is gone after the test.
 *
 * A rehearsal of publishing (`OTA_README_IN`) has installed the package elsewhere, and compiled the program there under
 * `strict`: then that one is run.
 *
 * @param testFile `import.meta.url` of a test in the package's `test/`.
 * @throws Error where the README has no such program.
 */
export async function readmeExample(testFile: string): Promise<ReadmeExample> {
  const packageFolder = dirname(dirname(fileURLToPath(testFile)));
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  const program = /```[jt]s\n([\s\S]*?)```/.exec(readme)?.[1];
  if (program === undefined) throw new Error(`${packageFolder}/README.md has no program`);
  const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line ?? '');
  const rehearsed = process.env['OTA_README_IN'];
  const folder = rehearsed
    ? join(rehearsed, basename(packageFolder))
    : await writeProgram(join(packageFolder, 'out-tsc'), program);
  const run = async ({ args = [], env = {}, timeoutMs = 30_000 }: ReadmeRunOptions = {}): Promise<
    readonly string[]
  > => {
    const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs', ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      timeout: timeoutMs,
    });
    return stdout.trimEnd().split('\n');
  };
  return { promised, folder, run };
}

async function writeProgram(parent: string, program: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'readme-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'example.mjs'), program);
  return folder;
}
