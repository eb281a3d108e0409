import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { argument } from '../framework/options.ts';

export const command = defineCommand({
  name: 'cat',
  about: 'Prints a file of a board, checked by its hash.',
  args: { path: argument('the file') },
  boards: 'one',
  examples: [['ota cat /boot.py', 'the file as it is, to look at or into another by >']],
  result: z.object({
    path: z.string(),
    size: z.int().describe('bytes'),
    encoding: z.enum(['utf8', 'base64']).describe('base64 for what is no text'),
    content: z.string(),
  }),

  run: async (context) => {
    const path = onBoard(context.args.path);
    const { signal } = context;
    const bytes = await withBoard(context, ({ files }) => files.readFile(path, { signal }));
    const encoding = isUtf8(bytes) ? ('utf8' as const) : ('base64' as const);
    return { path, size: bytes.length, encoding, content: bytes.toString(encoding) };
  },

  print: ({ content, encoding }, view) => {
    view.write(Buffer.from(content, encoding));
  },
});
