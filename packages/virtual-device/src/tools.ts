import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs a test may need that `npm ci` does not bring. */
export const tools = [
  'gogs',
  'mosquitto',
  'socat',
  'mpremote',
  'esptool',
  'git',
  'mpytool',
  'rshell',
  'qemu-system-arm',
  'zsh',
  'fish',
] as const;
/** A program from outside npm that tests can ask for. */
export type Tool = (typeof tools)[number];

/** Debian keeps daemons here and leaves the folder out of a user's PATH. */
const daemonFolders = process.platform === 'win32' ? [] : ['/usr/sbin', '/usr/local/sbin'];

/**
 * Where a program is: the path in `OTA_<NAME>` if that is set, else the first match in PATH.
 *
 * @returns an absolute path, or `undefined` where the program is not installed.
 */
export function findTool(tool: Tool, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const fromEnvironment = env[`OTA_${tool.toUpperCase().replaceAll('-', '_')}`];
  if (fromEnvironment) return isExecutable(fromEnvironment) ? fromEnvironment : undefined;
  const names = process.platform === 'win32' ? [`${tool}.exe`, `${tool}.cmd`] : [tool];
  for (const folder of [...(env['PATH'] ?? '').split(delimiter), ...daemonFolders]) {
    for (const name of names) {
      const candidate = join(folder, name);
      if (folder && isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

/** True where `OTA_REQUIRE` (a comma-separated list, or `all`) says that this run must not go on without the tool. */
export function isRequired(tool: Tool, env: NodeJS.ProcessEnv = process.env): boolean {
  const required = (env['OTA_REQUIRE'] ?? '').split(',').map((name) => name.trim());
  return required.includes('all') || required.includes(tool);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: the same to a caller who wants to start it
  }
}
