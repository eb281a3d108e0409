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
export function readmeExample(testFile: string): Promise<ReadmeExample>;
