import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { argumentList } from '../framework/options.ts';

export const command = defineCommand({
  name: 'sha256',
  about: 'Prints the SHA-256 of files, computed on the board.',
  args: { paths: argumentList('the files') },
  boards: 'many',
  examples: [['ota sha256 /main.py /boot.py', 'one line for each file, as sha256sum prints it']],
  result: z.object({ files: z.array(z.object({ path: z.string(), sha256: z.string() })) }),

  run: async (context) => {
    const paths = context.args.paths.map(onBoard);
    const { signal } = context;
    return withBoard(context, async ({ files: device }) => {
      const files = [];
      for (const path of paths) files.push({ path, sha256: await device.sha256(path, { signal }) });
      return { files };
    });
  },

  print: ({ files }, view) => {
    for (const { path, sha256 } of files) view.line(`${sha256}  ${path}`);
  },
});
