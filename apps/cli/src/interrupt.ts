import { exitCode } from './exit-code.ts';

/**
 * Runs a command that cleans up after itself when Ctrl-C (or a service manager) ends it.
 *
 * @returns the command's exit code, 130 where it was ended.
 */
export async function interruptible(command: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const onSignal = (): void => {
    controller.abort(new Error('interrupted'));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const code = await command(controller.signal);
    return controller.signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    if (controller.signal.aborted) return exitCode.interrupted;
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
