import type { Command } from './framework/command.ts';

/** A command as `ota --help` shows it. Its module is loaded only when the command line is about it. */
export interface CommandEntry {
  readonly name: string;
  /** The same sentence as in its definition. */
  readonly about: string;
  readonly group: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

type Line = readonly [name: string, about: string, load: CommandEntry['load']];

const tour: readonly Line[] = [
  [
    'demo',
    'Boots a virtual node, updates it from Git, and shows what happened.',
    () => import('./commands/demo.ts'),
  ],
];

const setup: readonly Line[] = [
  [
    'init',
    'Asks for WiFi, broker and Gogs, tries them, and writes the settings of a node.',
    () => import('./commands/init.ts'),
  ],
  [
    'deploy',
    'Makes a board a node: MicroPython if needed, device files, settings; then waits for its first report.',
    () => import('./commands/deploy.ts'),
  ],
  [
    'doctor',
    'Looks at every part: port, board, firmware, WiFi, Gogs, broker, clock; says what to do for each red line.',
    () => import('./commands/doctor.ts'),
  ],
];

const boards: readonly Line[] = [
  [
    'ports',
    'Lists the serial ports of this computer, likely boards first.',
    () => import('./commands/ports.ts'),
  ],
  [
    'info',
    'Tells what a board is: firmware, memory, node; with --chip also the chip, which resets it.',
    () => import('./commands/info.ts'),
  ],
  [
    'rsync',
    'Brings the device files and settings to a board, or a directory: only what differs.',
    () => import('./commands/rsync.ts'),
  ],
  [
    'image',
    'Writes MicroPython to a board: the image for its chip, or a file of your own.',
    () => import('./commands/image.ts'),
  ],
  ['erase', "Erases a board's flash: firmware, settings, files.", () => import('./commands/erase.ts')],
  [
    'reset',
    'Restarts a board: its chip, or with --soft MicroPython alone.',
    () => import('./commands/reset.ts'),
  ],
  [
    'repl',
    "Opens a board's console: what you type goes there, Ctrl-C and Ctrl-D too. Ctrl-] leaves.",
    () => import('./commands/repl.ts'),
  ],
];

const files: readonly Line[] = [
  ['ls', 'Lists a directory of a board.', () => import('./commands/ls.ts')],
  ['tree', 'Shows a directory of a board with all that is below it.', () => import('./commands/tree.ts')],
  ['cat', 'Prints a file of a board, checked by its hash.', () => import('./commands/cat.ts')],
  [
    'cp',
    'Copies files to a board, from it, or on it; a path of the board begins with a colon.',
    () => import('./commands/cp.ts'),
  ],
  [
    'mv',
    'Renames a file or directory of a board; a file that has the new name is replaced.',
    () => import('./commands/mv.ts'),
  ],
  ['rm', 'Removes files, and with --recursive directories, from a board.', () => import('./commands/rm.ts')],
  ['mkdir', 'Makes directories on a board.', () => import('./commands/mkdir.ts')],
  ['df', "Shows how much room a board's file system has.", () => import('./commands/df.ts')],
  ['sha256', 'Prints the SHA-256 of files, computed on the board.', () => import('./commands/sha256.ts')],
  [
    'run',
    'Runs a Python file of this computer on a board, without copying it there.',
    () => import('./commands/run.ts'),
  ],
  ['exec', 'Runs Python code on a board and prints what it prints.', () => import('./commands/exec.ts')],
  [
    'mount',
    'Lets a board import from a directory of this computer while it runs something.',
    () => import('./commands/mount.ts'),
  ],
];

const fleet: readonly Line[] = [
  [
    'status',
    'Shows every node: whether it is online, what it runs, and what went wrong.',
    () => import('./commands/status.ts'),
  ],
  ['watch', 'Shows the fleet as it changes, until Ctrl-C.', () => import('./commands/watch.ts')],
  ['logs', "Follows the nodes' warnings, until Ctrl-C.", () => import('./commands/logs.ts')],
  ['trigger', 'Has nodes look for an update now.', () => import('./commands/trigger.ts')],
  ['rollback', 'Has nodes return to their previous version.', () => import('./commands/rollback.ts')],
];

const releases: readonly Line[] = [
  [
    'keygen',
    'Makes a key to sign releases with, and prints the line for nodesettings.py.',
    () => import('./commands/keygen.ts'),
  ],
  [
    'sign',
    'Signs what will be committed of src/, for nodes that have a gogsKey.',
    () => import('./commands/sign.ts'),
  ],
];

const tools: readonly Line[] = [
  [
    'completion',
    'Prints what makes a shell complete ota: bash, zsh or fish.',
    () => import('./commands/completion.ts'),
  ],
  ['config', 'Shows every setting and where its value comes from.', () => import('./commands/config.ts')],
];

/** All commands, in the order of the help. */
export const registry: readonly CommandEntry[] = [
  ...group('Get to know it', tour),
  ...group('From a new board to a node', setup),
  ...group('Boards', boards),
  ...group('Files and code on a board', files),
  ...group('The fleet', fleet),
  ...group('Signed releases', releases),
  ...group('Around it', tools),
];

function group(title: string, lines: readonly Line[]): CommandEntry[] {
  return lines.map(([name, about, load]) => ({ name, about, load, group: title }));
}
