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
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      node.off('boot', onBoot);
      signal?.removeEventListener('abort', onAbort);
    };
    const onBoot = (reason: ResetReason): void => {
      finish();
      resolve(reason);
    };
    const onAbort = (): void => {
      finish();
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      finish();
      reject(new VirtualNodeError('TIMEOUT', `${node.name} did not boot within ${timeoutMs} ms`));
    }, timeoutMs);
    node.once('boot', onBoot);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
