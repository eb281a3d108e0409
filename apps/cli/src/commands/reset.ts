import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/options.ts';

export const command = defineCommand({
  name: 'reset',
  about: 'Restarts a board: its chip, or with --soft MicroPython alone.',
  details:
    'By a pulse on RTS where that line resets the chip, else by machine.reset(). After a hard reset the board runs what it holds.',
  options: { soft: flag('MicroPython alone') },
  boards: 'many',
  changes: true,
  examples: [['ota reset --all', 'every board that is plugged in']],
  result: z.object({ reset: z.enum(['hard', 'soft']), dryRun: z.boolean() }),

  run: async (context) => {
    const kind = context.options.soft ? 'soft' : 'hard';
    const { signal, dryRun } = context;
    if (!dryRun) await withBoard(context, (board) => board.reset(kind, { signal }));
    return { reset: kind, dryRun } as const;
  },

  print: ({ reset, dryRun }, _view, { say, port }) => {
    if (dryRun) say(`would restart ${reset === 'hard' ? '' : 'MicroPython on '}the board at ${port}`);
    else say(reset === 'hard' ? 'the board starts anew' : 'MicroPython started anew');
  },
});
