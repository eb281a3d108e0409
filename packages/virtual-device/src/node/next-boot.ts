import type { EventEmitter } from 'node:events';
import type { WaitOptions } from './host/transcript.ts';
import { VirtualNodeError } from './node-errors.ts';
import type { ResetReason, VirtualNodeEvents } from './virtual-node-options.ts';

/**
 * Waits for a node's next start.
 *
 * @throws VirtualNodeError with code `TIMEOUT`; the signal's reason.
 */
export async function nextBoot(
  node: EventEmitter<VirtualNodeEvents> & { readonly name: string },
  { timeoutMs = 30_000, signal }: WaitOptions,
): Promise<ResetReason> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const ended = signal ? AbortSignal.any([signal, deadline]) : deadline;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onBoot = (reason: ResetReason): void => {
      ended.removeEventListener('abort', onAbort);
      resolve(reason);
    };
    const onAbort = (): void => {
      node.off('boot', onBoot);
      const late = new VirtualNodeError('TIMEOUT', `${node.name} did not boot within ${timeoutMs} ms`);
      reject(signal?.aborted ? (signal.reason as Error) : late);
    };
    node.once('boot', onBoot);
    ended.addEventListener('abort', onAbort, { once: true });
  });
}
