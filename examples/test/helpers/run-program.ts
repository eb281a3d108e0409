import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ProgramResult {
  readonly exitCode: number;
  readonly lines: string[];
  readonly stderr: string;
}

export function programPath(name: string): string {
  return fileURLToPath(new URL(`../../programs/${name}`, import.meta.url));
}

/** Runs one of the programs as a user does. */
export async function runProgram(
  name: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [programPath(name), ...words],
      { env: { ...process.env, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => {
        const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
        resolve({ exitCode, lines: stdout.split('\n').filter(Boolean), stderr });
      },
    );
  });
}
