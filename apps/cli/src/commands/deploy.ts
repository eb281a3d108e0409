import { z } from 'zod';
import { isNewEnough, oldestMicroPython } from '../checks/board.ts';
import { parseBroker } from '../checks/remote.ts';
import { probeMs, withBoard } from '../framework/board.ts';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import type { BaseContext } from '../framework/context.ts';
import { withFlasher } from '../framework/flasher.ts';
import { waysToGive } from '../framework/settings/settings.ts';
import { localFile } from '../framework/local-files.ts';
import { amount, choices, flag, text } from '../framework/options.ts';
import { printable } from '../framework/output/printable.ts';
import {
  checkNames,
  chooseImage,
  imageSettings,
  warnOfTrust,
  writeImage,
  writtenSchema,
  type FlashChoices,
  type ImageSettings,
  type Written,
} from '../install/flash-board.ts';
import { checkNodeNames, nodeNameOf } from '../install/node-names.ts';
import { resetAndFollow } from '../install/follow-boot.ts';
import { stageNode } from '../install/stage-node.ts';
import { printSync, syncNode, syncSchema, type Synced } from '../install/sync.ts';

const defaultTimeoutSeconds = 180;

export const command = defineCommand({
  name: 'deploy',
  about:
    'Makes a board a node: MicroPython if needed, device files, settings; then waits for its first report.',
  details:
    'A board on which MicroPython answers is not flashed, unless --flash is given. The name of --node takes the place of that in nodesettings.py; several boards need one each. The node then fetches the application by itself; the command ends when it says, over MQTT or on its console, which version it runs.',
  options: {
    flash: flag('erase the flash and write MicroPython although there is one'),
    file: text('an image here, in place of one from the download site', { value: 'file', completes: 'file' }),
    offline: flag('take the image from the cache, or fail'),
    force: choices('flash without a check; may be given several times', checkNames),
    quick: flag('do not wait for the node'),
    mpy: flag('device files in one compiled file: less flash, a quicker boot, no line numbers in tracebacks'),
    timeout: amount(`wait so long for the node (default: ${defaultTimeoutSeconds})`, { value: 'seconds' }),
  },
  settings: ['settingsDir', 'node', 'broker', 'brokerUser', 'brokerCa', ...imageSettings],
  secrets: ['brokerPassword'],
  boards: 'many',
  changes: true,
  check: checkNodeNames,
  destroys: ({ options: { flash }, ports }) =>
    flash ? `all that is on ${ports.join(', ')} will be replaced: firmware, settings, files` : undefined,
  examples: [
    ['ota deploy', 'the board that is plugged in, with the settings that "ota init" wrote'],
    ['ota deploy --flash --yes --all --node kitchen,cellar', 'every board that is plugged in, from scratch'],
  ],
  result: z.object({
    port: z.string(),
    flashed: writtenSchema.nullable().describe('null where MicroPython was there'),
    synced: syncSchema.nullable().describe('null if a dry run found no MicroPython'),
    report: z
      .object({
        node: z.string(),
        version: z.string().describe('commit id'),
        state: z.string().nullable().describe('trial, confirmed, …; null if only the console told'),
        seenBy: z.enum(['mqtt', 'console']),
        error: z
          .string()
          .nullable()
          .describe('what went wrong at its last look for an update, if it told over MQTT'),
      })
      .nullable()
      .describe('null with --quick and --dry-run'),
    dryRun: z.boolean(),
  }),

  run: async (context) => {
    const { options, settings, port, dryRun, say, io } = context;
    const file = options.file === undefined ? undefined : await localFile(io.cwd, options.file);
    const node = await nodeNameOf(context);
    const staged = await stageNode(settings.settingsDir, { name: node, compiled: options.mpy });
    try {
      const [missing] = staged.missing;
      if (missing !== undefined) {
        throw usageError(
          `${missing} is not in ${settings.settingsDir}: make it with "ota init", or name its place with --settings`,
        );
      }
      if (node === undefined) throw usageError(`"node" is not known: give ${waysToGive('node')}`);
      const broker = context.need('broker');
      parseBroker(broker);
      let flashed: Written | null = null;
      if (options.flash || !(await hasMicroPython(context))) {
        await agreeToFlash(context, options.flash);
        flashed = await flashBoard(context, settings, { ...options, file });
      }
      let synced: Synced | null = null;
      if (!dryRun || flashed === null) {
        say('bringing device files and settings');
        synced = await withBoard(context, (board) => syncNode(context, board, staged));
      }
      if (dryRun || options.quick) {
        if (!dryRun) await withBoard(context, (board) => board.reset('hard', { signal: context.signal }));
        return { port, flashed, synced, report: null, dryRun };
      }
      say(`waiting for ${node}`);
      const report = await resetAndFollow(context, {
        ...{ node, broker, timeoutMs: (options.timeout ?? defaultTimeoutSeconds) * 1000 },
        ...{ brokerUser: settings.brokerUser, brokerCa: settings.brokerCa },
        brokerPassword:
          settings.brokerUser === undefined ? undefined : await context.secret('brokerPassword'),
      });
      return { port, flashed, synced, report, dryRun };
    } finally {
      await staged.dispose();
    }
  },

  print: ({ flashed, synced, report, dryRun }, view) => {
    if (flashed) view.line(`${flashed.image.fileName} ${dryRun ? 'would be written' : 'is on the chip'}`);
    if (synced) printSync(synced, view, dryRun);
    if (report) {
      const { node, version, state, seenBy, error } = report;
      const how = seenBy === 'mqtt' ? 'over MQTT' : 'on its console';
      view.line(
        `${view.style('green', printable(node))} runs ${printable(version.slice(0, 10))}${state === null ? '' : ` (${printable(state)})`}, it said ${how}`,
      );
      if (error !== null)
        view.line(`its last look for an update failed: ${view.style('red', printable(error))}`);
    }
  },
});

/** Whether a MicroPython that is new enough answers. */
async function hasMicroPython(context: BaseContext): Promise<boolean> {
  const { signal, say } = context;
  try {
    const { version } = await withBoard(context, (board) => board.firmware({ signal }), { enterMs: probeMs });
    if (isNewEnough(version)) return true;
    say(`MicroPython ${version} is older than ${oldestMicroPython}`);
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'REPL_NO_PROMPT') throw error;
    say('no MicroPython answers');
  }
  return false;
}

/** What a board without MicroPython holds may matter to somebody. With --flash it was asked for before. */
async function agreeToFlash(context: BaseContext, wasAsked: boolean): Promise<void> {
  const { yes, dryRun, prompter, port, isOneOfMany } = context;
  if (wasAsked || yes || dryRun) return;
  const loss = `all that is on ${port} will be replaced by MicroPython`;
  if (!prompter.canAsk || isOneOfMany)
    throw usageError(`${loss}: to go on, add --yes (--dry-run only tells)`);
  if (!(await prompter.confirm(`${loss}.`))) throw usageError('nothing was done: only "yes" goes on');
}

function flashBoard(context: BaseContext, settings: ImageSettings, flash: FlashChoices): Promise<Written> {
  return withFlasher(context, settings.flashBaud, async (flasher) => {
    const image = await chooseImage(context, flasher.chip, settings, flash);
    warnOfTrust(context, image);
    return writeImage(context, flasher, image, { erase: true, force: flash.force });
  });
}
