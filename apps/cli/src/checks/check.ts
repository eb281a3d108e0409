import { z } from 'zod';
import { exitCode } from '../exit-code.ts';
import { explainError } from '../framework/explain-error.ts';
import type { View } from '../framework/view.ts';

/** One thing that was looked at. */
export const checkSchema = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warning', 'failed', 'skipped']),
  detail: z.string().describe('what was found; of what is not in order also what to do'),
  exitCode: z.int().describe('what a failure of it means: 3 device, 4 network; 0 if it did not fail'),
});
export type Check = z.infer<typeof checkSchema>;

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, exitCode: exitCode.done };
}

/** Not as it will have to be, yet nothing is wrong. */
export function warning(name: string, detail: string): Check {
  return { name, status: 'warning', detail, exitCode: exitCode.done };
}

export function skipped(name: string, detail: string): Check {
  return { name, status: 'skipped', detail, exitCode: exitCode.done };
}

export function failed(name: string, detail: string, exit: number): Check {
  return { name, status: 'failed', detail, exitCode: exit };
}

/** What an error of a library means for a check. */
export function failedBy(name: string, error: unknown): Check {
  const { message, exitCode: exit } = explainError(error);
  return failed(name, message, exit);
}

export function printChecks(checks: readonly Check[], view: View): void {
  const marks = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const;
  view.table(
    ['', '', ''],
    checks.map(({ name, status, detail }) => [view.style(marks[status], status), name, detail]),
  );
}

/** 0 if nothing failed; what the failures have in common, else 1. */
export function exitOf(checks: readonly Check[]): number {
  const codes = new Set(checks.filter(({ status }) => status === 'failed').map((check) => check.exitCode));
  const [only] = codes;
  return codes.size === 0 ? exitCode.done : codes.size === 1 ? (only ?? 1) : exitCode.failed;
}
