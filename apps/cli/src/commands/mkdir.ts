import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { argumentList, flag } from '../framework/options.ts';

export const command = defineCommand({
  name: 'mkdir',
  about: 'Makes directories on a board.',
  args: { paths: argumentList('the directories') },
  options: { parents: flag('make those above too; one that is there is no error') },
  boards: 'many',
  changes: true,
  examples: [['ota mkdir --parents /lib/ota', '/lib and /lib/ota, where they are not there']],
  result: z.object({ made: z.array(z.string()), dryRun: z.boolean() }),

  run: async (context) => {
    const made = context.args.paths.map(onBoard);
    const { signal, dryRun } = context;
    const recursive = context.options.parents;
    await withBoard(context, async ({ files }) => {
      for (const path of made) if (!dryRun) await files.mkdir(path, { recursive, signal });
    });
    return { made, dryRun };
  },

  print: ({ made, dryRun }, _view, { say }) => {
    if (dryRun) for (const path of made) say(`would make ${path}`);
  },
});
