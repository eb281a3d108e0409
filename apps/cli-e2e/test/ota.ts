import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command as it is installed. */
export const bin = fileURLToPath(
  import.meta.resolve('@ota/cli/package.json').replace('package.json', 'dist/bin.js'),
);

export interface OtaResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OtaOptions {
  readonly cwd: string;
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default 90000 */
  readonly timeoutMs?: number;
}

/** Runs `ota` in a process of its own, as a program does: no terminal, nothing to answer questions. */
export function ota(
  argv: readonly string[],
  { cwd, env, timeoutMs = 90_000 }: OtaOptions,
): Promise<OtaResult> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: timeoutMs };
    const child = execFile(process.execPath, [bin, ...argv], options, (error, stdout, stderr) => {
      if (error && (error.killed === true || typeof error.code !== 'number')) {
        reject(
          new Error(`ota ${argv.join(' ')} did not end by itself: ${stdout}${stderr}`, { cause: error }),
        );
      } else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}
