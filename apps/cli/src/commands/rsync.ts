import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import { onBoard } from '../framework/device-path.ts';
import { localDirectory } from '../framework/local-files.ts';
import { flag, optionalArgument, text, texts } from '../framework/options.ts';
import { nodeFile, wifiFile } from '../framework/settings/node-settings.ts';
import { checkNodeNames, nodeNameOf } from '../install/node-names.ts';
import { stageNode } from '../install/stage-node.ts';
import { printSync, syncNode, syncSchema, syncWithProgress } from '../install/sync.ts';

export const command = defineCommand({
  name: 'rsync',
  about: 'Brings the device files and settings to a board, or a directory: only what differs.',
  details:
    'Without a directory: boot.py, main.py and /lib/ota of @ota/micropython-firmware, and wifisettings.py and nodesettings.py of --settings, with the name of --node; several boards need one each. The application is not touched. "ota reset" starts what is there then.',
  args: { directory: optionalArgument('a directory here', { completes: 'directory' }) },
  options: {
    to: text('where on the board; the root if left out', { value: 'path' }),
    delete: flag('remove from the board what is not in the directory; never the settings'),
    exclude: texts('what is neither copied nor deleted, in the syntax of .gitignore', { value: 'pattern' }),
    include: texts('exceptions from that', { value: 'pattern' }),
    protect: texts('what is never deleted', { value: 'pattern' }),
    mpy: flag('send modules compiled; for a directory @pybricks/mpy-cross-v6 has to be installed'),
  },
  settings: ['settingsDir', 'node'],
  boards: 'many',
  changes: true,
  check: async (context) => {
    const { args, options, allSettings } = context;
    const { to, delete: isDelete, exclude, include, protect } = options;
    if (args.directory === undefined) {
      const isOdd = to !== undefined || isDelete || [...exclude, ...include, ...protect].length > 0;
      if (!isOdd) return checkNodeNames(context);
      throw usageError('--to, --delete, --exclude, --include and --protect are for a directory: name one');
    }
    if ((await allSettings.resolve('node')).origin.kind !== 'flag') return;
    throw usageError(
      '--node is for the settings, which do not go along with a directory: leave one of both out',
    );
  },
  destroys: ({ args: { directory }, options, ports }) =>
    options.delete
      ? `what is below ${options.to ?? '/'} and not in ${directory ?? '?'} will be removed from ${ports.join(', ')}`
      : undefined,
  examples: [
    ['ota rsync', 'device files and settings, to the only board that is plugged in'],
    [
      'ota rsync --dry-run --port /dev/ttyUSB0,/dev/ttyUSB1 --node kitchen,cellar',
      'what would change on two boards',
    ],
    ['ota rsync src --to /src --delete --yes', 'a directory, and nothing else, into /src'],
  ],
  result: syncSchema.extend({ dryRun: z.boolean() }),

  run: async (context) => {
    const { args, options, dryRun, io } = context;
    if (args.directory === undefined) {
      const staged = await stageNode(context.settings.settingsDir, {
        name: await nodeNameOf(context),
        compiled: options.mpy,
      });
      try {
        for (const name of staged.missing)
          context.say(
            `${name} is not in ${context.settings.settingsDir}: the board keeps its own ("ota init" makes one)`,
          );
        const synced = await withBoard(context, (board) => syncNode(context, board, staged));
        return { ...synced, dryRun };
      } finally {
        await staged.dispose();
      }
    }
    const directory = await localDirectory(io.cwd, args.directory);
    const target = onBoard(options.to ?? '/');
    return withBoard(context, async (board) => {
      const { files, bytes } = await syncWithProgress(context, board, directory, target, {
        delete: options.delete,
        exclude: options.exclude,
        include: options.include,
        protect: [`/${wifiFile}`, `/${nodeFile}`, ...options.protect],
        mpy: options.mpy,
      });
      return { files, bytes, dryRun };
    });
  },

  print: (synced, view) => {
    printSync(synced, view, synced.dryRun);
  },
});
