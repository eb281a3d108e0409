import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { argumentList, flag } from '../framework/options.ts';

export const command = defineCommand({
  name: 'rm',
  about: 'Removes files, and with --recursive directories, from a board.',
  args: { paths: argumentList('what to remove') },
  options: {
    recursive: flag('directories with all that is in them', { short: 'r' }),
    force: flag('what is not there is no error', { short: 'f' }),
  },
  boards: 'many',
  changes: true,
  destroys: ({ args: { paths }, options: { recursive }, ports }) =>
    `${paths.join(', ')}${recursive ? ', with all that is in it,' : ''} will be removed from ${ports.join(', ')}`,
  examples: [
    ['ota rm --yes /old.py', 'one file, without asking'],
    ['ota rm --recursive --dry-run /src', 'what would go'],
  ],
  result: z.object({ removed: z.array(z.string()), dryRun: z.boolean() }),

  run: async (context) => {
    const paths = context.args.paths.map(onBoard);
    const { signal, dryRun } = context;
    const { recursive, force } = context.options;
    return withBoard(context, async ({ files }) => {
      const removed: string[] = [];
      for (const path of paths) {
        if (force && !(await files.exists(path, { signal }))) continue;
        const { isDirectory } = await files.stat(path, { signal });
        if (isDirectory && !recursive)
          throw usageError(`${path} is a directory: add --recursive to remove it`);
        if (!dryRun) await files.rm(path, { recursive, force, signal });
        removed.push(path);
      }
      return { removed, dryRun };
    });
  },

  print: ({ removed, dryRun }, _view, { say }) => {
    for (const path of removed) say(`${dryRun ? 'would remove' : 'removed'} ${path}`);
  },
});
