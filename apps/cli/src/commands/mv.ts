import { posix } from 'node:path';
import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { argument } from '../framework/options.ts';

export const command = defineCommand({
  name: 'mv',
  about: 'Renames a file or directory of a board; a file that has the new name is replaced.',
  args: { from: argument('what'), to: argument('the new name, or a directory to move it into') },
  boards: 'many',
  changes: true,
  examples: [['ota mv /main.py /old.py', 'a new name; the bytes stay where they are']],
  result: z.object({ from: z.string(), to: z.string(), dryRun: z.boolean() }),

  run: async (context) => {
    const from = onBoard(context.args.from);
    const target = onBoard(context.args.to);
    const { signal, dryRun } = context;
    return withBoard(context, async ({ files }) => {
      await files.stat(from, { signal });
      const isInto =
        (await files.exists(target, { signal })) && (await files.stat(target, { signal })).isDirectory;
      const to = isInto ? posix.join(target, posix.basename(from)) : target;
      if (!dryRun) await files.rename(from, to, { signal });
      return { from, to, dryRun };
    });
  },

  print: ({ from, to, dryRun }, _view, { say }) => {
    if (dryRun) say(`would rename ${from} to ${to}`);
  },
});
