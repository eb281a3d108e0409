import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { flag, optionalArgument } from '../framework/options.ts';
import { bytes, counted } from '../framework/output/units.ts';

const entry = z.object({
  path: z.string(),
  type: z.enum(['file', 'directory']),
  size: z.int().nullable().describe('bytes; null for a directory'),
});
type Entry = z.infer<typeof entry>;

export const command = defineCommand({
  name: 'tree',
  about: 'Shows a directory of a board with all that is below it.',
  args: { path: optionalArgument('the directory; / if left out') },
  options: { size: flag('with sizes', { short: 's' }) },
  boards: 'many',
  examples: [['ota tree /lib', 'all files in and below /lib']],
  result: z.object({ path: z.string(), entries: z.array(entry) }),

  run: async (context) => {
    const path = onBoard(context.args.path ?? '/');
    const { signal } = context;
    const entries: Entry[] = [];
    await withBoard(context, async ({ files }) => {
      for await (const { path: inside, isDirectory, size } of files.walk(path, { signal })) {
        entries.push({ path: inside, type: isDirectory ? 'directory' : 'file', size: size ?? null });
      }
    });
    return { path, entries };
  },

  print: ({ path, entries }, view, { options }) => {
    view.line(view.style('cyan', path));
    const below = (parent: string): Entry[] =>
      entries.filter((candidate) => candidate.path.slice(0, candidate.path.lastIndexOf('/') || 1) === parent);
    const show = (parent: string, indent: string): void => {
      const children = below(parent);
      for (const [at, { path: child, type, size }] of children.entries()) {
        const isLast = at === children.length - 1;
        const name = child.slice(child.lastIndexOf('/') + 1);
        const shown = type === 'directory' ? view.style('cyan', `${name}/`) : name;
        const length = options.size && size !== null ? `  ${view.style('dim', bytes(size))}` : '';
        view.line(`${indent}${isLast ? '└── ' : '├── '}${shown}${length}`);
        if (type === 'directory') show(child, `${indent}${isLast ? '    ' : '│   '}`);
      }
    };
    show(path.length > 1 ? path.replace(/\/$/, '') : path, '');
    const files = entries.filter(({ type }) => type === 'file');
    const total = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
    view.line(`${counted(files.length, 'file')}, ${bytes(total)}`);
  },
});
