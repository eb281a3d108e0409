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

const boards: readonly Line[] = [
  [
    'ports',
    'Lists the serial ports of this computer, likely boards first.',
    () => import('./commands/ports.ts'),
  ],
];

const files: readonly Line[] = [['ls', 'Lists a directory of a board.', () => import('./commands/ls.ts')]];

const fleet: readonly Line[] = [];

const tools: readonly Line[] = [
  ['config', 'Shows every setting and where its value comes from.', () => import('./commands/config.ts')],
];

/** All commands, in the order of the help. */
export const registry: readonly CommandEntry[] = [
  ...group('Get to know it', tour),
  ...group('Boards', boards),
  ...group('Files and code on a board', files),
  ...group('The fleet', fleet),
  ...group('Around it', tools),
];

function group(title: string, lines: readonly Line[]): CommandEntry[] {
  return lines.map(([name, about, load]) => ({ name, about, load, group: title }));
}
