// node scripts/found-tools.mjs: the programs from outside npm that tests find, and how old they are. nx.json makes it an input of
// the tests: a result of a run without Mosquitto is not one of a run with it. The search is that of packages/virtual-device/src/tools.ts,
// which may not be built yet.
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

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
];
const isWindows = process.platform === 'win32';
const daemonFolders = isWindows ? [] : ['/usr/sbin', '/usr/local/sbin'];

/** @returns a line for each tool: its name, and path and time of change where there is one. */
export function foundTools(env = process.env) {
  const folders = [...(env.PATH ?? '').split(delimiter), ...daemonFolders].filter(Boolean);
  return tools.map((tool) => {
    const named = env[`OTA_${tool.toUpperCase().replaceAll('-', '_')}`];
    const names = isWindows ? [`${tool}.exe`, `${tool}.cmd`] : [tool];
    const candidates = named ? [named] : folders.flatMap((folder) => names.map((name) => join(folder, name)));
    const found = candidates.find(isExecutable);
    return found ? `${tool} ${realpathSync(found)} ${statSync(found).mtime.toISOString()}` : `${tool} none`;
  });
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // the same to a test: it cannot be started
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(foundTools().join('\n'));
