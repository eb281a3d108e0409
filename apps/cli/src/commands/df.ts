import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { optionalArgument } from '../framework/options.ts';
import { bytes } from '../framework/output/units.ts';

export const command = defineCommand({
  name: 'df',
  about: "Shows how much room a board's file system has.",
  args: { path: optionalArgument('a directory of the file system; / if left out') },
  boards: 'many',
  examples: [['ota df', 'size, used and free room of the flash']],
  result: z.object({
    path: z.string(),
    totalBytes: z.int(),
    usedBytes: z.int(),
    freeBytes: z.int(),
    blockSize: z.int(),
  }),

  run: async (context) => {
    const path = onBoard(context.args.path ?? '/');
    const { signal } = context;
    const { totalBytes, freeBytes, blockSize } = await withBoard(context, ({ files }) =>
      files.statvfs(path, { signal }),
    );
    return { path, totalBytes, usedBytes: totalBytes - freeBytes, freeBytes, blockSize };
  },

  print: ({ path, totalBytes, usedBytes, freeBytes }, view) => {
    const share = totalBytes > 0 ? Math.round((usedBytes / totalBytes) * 100) : 0;
    view.table(
      ['PATH', ...['SIZE', 'USED', 'FREE', 'USE'].map((title) => ({ title, align: 'right' as const }))],
      [[path, bytes(totalBytes), bytes(usedBytes), bytes(freeBytes), `${share} %`]],
    );
  },
});
