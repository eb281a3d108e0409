import type { Fleet } from '@ota/fleet';
import type { BaseContext } from '../framework/context.ts';
import { connectFleet } from './with-fleet.ts';

/**
 * Emits what `listen` hears of the fleet until the command is ended, or after so many seconds. Says when the broker goes and
 * comes back.
 */
export async function follow(
  context: BaseContext,
  { seconds, signal }: { seconds: number | undefined; signal: AbortSignal },
  listen: (fleet: Fleet) => void,
): Promise<void> {
  const fleet = await connectFleet(context);
  try {
    fleet.on('connection', (connected) => {
      context.say(connected ? 'The broker is there again.' : 'The broker is gone; waiting for it.');
    });
    listen(fleet);
    await new Promise<void>((resolve, reject) => {
      const timer = seconds === undefined ? undefined : setTimeout(resolve, seconds * 1000);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
    });
  } finally {
    await fleet.close();
  }
}
