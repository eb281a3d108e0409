import { explainError } from './explain-error.ts';
import type { Io } from './io.ts';
import { printable } from './output/printable.ts';
import { styleFor } from './output/style.ts';

/** Prints what ended a command, for a person or as JSON, and returns the exit code. */
export function reportError(error: unknown, io: Io, name: string | undefined, isJson: boolean): number {
  if (isDebug(io)) io.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
  const { code, message, exitCode } = explainError(error);
  const style = styleFor(io.stderr, io.env);
  const who = name === undefined ? 'ota' : `ota ${name}`;
  const line = isJson
    ? JSON.stringify({ error: { code, message, exitCode } })
    : `${who}: ${style('red', printable(message))}`;
  io.stderr.write(`${line}\n`);
  return exitCode;
}

function isDebug(io: Io): boolean {
  const asked = io.env['OTA_DEBUG'];
  return asked !== undefined && asked !== '' && asked !== '0';
}
