import type { MicroPythonDevice, SyncOptions, SyncResult } from '@ota/device-fs';
import { z } from 'zod';
import type { BaseContext } from '../framework/context.ts';
import { bytes, counted } from '../framework/output/units.ts';
import type { View } from '../framework/view.ts';
import { protectedBesideDeviceFiles, type StagedNode } from './stage-node.ts';

/** What a sync did, or would do. */
export const syncSchema = z.object({
  files: z.array(
    z.object({
      path: z.string().describe('from the directory on the board'),
      action: z.enum(['created', 'updated', 'unchanged', 'deleted', 'kept']),
      size: z.int().describe('bytes'),
    }),
  ),
  bytes: z.int().describe('of the files that were written'),
});
export type Synced = z.infer<typeof syncSchema>;

/** `syncTree` with this command's bar, dry run and signal. */
export async function syncWithProgress(
  context: BaseContext,
  board: MicroPythonDevice,
  from: string,
  to: string,
  options: SyncOptions = {},
): Promise<SyncResult> {
  const result = await board.syncTree(from, to, {
    ...options,
    dryRun: context.dryRun,
    signal: context.signal,
    onProgress: ({ bytesDone, bytesLeft }) => {
      context.progress({ label: 'files', done: bytesDone, total: bytesDone + bytesLeft });
    },
  });
  context.endProgress();
  for (const path of result.skipped)
    context.say(`${path} is left out: a link that leads nowhere, or in circles`);
  return result;
}

/** The device files and settings, into the root; what an older version left in /lib/ota goes. */
export async function syncNode(
  context: BaseContext,
  board: MicroPythonDevice,
  staged: StagedNode,
): Promise<Synced> {
  const { files, bytes: sent } = await syncWithProgress(context, board, staged.directory, '/', {
    delete: true,
    protect: protectedBesideDeviceFiles,
  });
  // What is the application's is no matter of this.
  return { files: files.filter(({ action }) => action !== 'kept'), bytes: sent };
}

export function printSync({ files, bytes: sent }: Synced, view: View, dryRun: boolean): void {
  const changed = files.filter(({ action }) => ['created', 'updated', 'deleted'].includes(action));
  const colours = { created: 'green', updated: 'yellow', deleted: 'red' } as const;
  for (const { path, action } of changed) {
    const colour = colours[action as keyof typeof colours];
    view.line(`${view.style(colour, action.padEnd(8))} ${path}`);
  }
  const same = files.length - changed.length;
  const would = dryRun ? 'would change' : 'changed';
  view.line(
    `${counted(changed.length, 'file')} ${would}, ${bytes(sent)}; ${counted(same, 'file')} as before`,
  );
}
