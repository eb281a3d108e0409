import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { flag, optionalArgument } from '../framework/options.ts';
import { bytes } from '../framework/output/units.ts';

export const command = defineCommand({
  name: 'ls',
  about: 'Lists a directory of a board.',
  args: { path: optionalArgument('the directory, or a file; / if left out') },
  options: { long: flag('with sizes', { short: 'l' }) },
  boards: 'many',
  examples: [
    ['ota ls /lib', 'the names in /lib, directories with a slash'],
    ['ota ls --long --port socket://192.168.1.7:2000', 'the root of a board behind a terminal server'],
  ],
  result: z.object({
    path: z.string(),
    entries: z.array(
      z.object({
        name: z.string(),
        type: z.enum(['file', 'directory']),
        size: z.int().nullable().describe('bytes; null for a directory'),
      }),
    ),
  }),

  run: async (context) => {
    const path = onBoard(context.args.path ?? '/');
    const { signal } = context;
    return withBoard(context, async ({ files }) => {
      const stats = await files.stat(path, { signal });
      const found = stats.isDirectory
        ? await files.readdir(path, { signal })
        : [{ name: path, isDirectory: false, size: stats.size }];
      const entries = found.map(({ name, isDirectory, size }) => ({
        name,
        type: isDirectory ? ('directory' as const) : ('file' as const),
        size: size ?? null,
      }));
      return { path, entries };
    });
  },

  print: ({ entries }, view, { options }) => {
    const named = entries.map(({ name, type, size }) => ({
      name: type === 'directory' ? view.style('cyan', `${name}/`) : name,
      size: size === null ? '-' : bytes(size),
    }));
    if (options.long) {
      view.table(
        [{ title: 'SIZE', align: 'right' }, 'NAME'],
        named.map(({ size, name }) => [size, name]),
      );
    } else for (const { name } of named) view.line(name);
  },
});
