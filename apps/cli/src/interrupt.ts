import { exitCode } from './exit-code.ts';

/**
 * Runs a command that cleans up after itself when Ctrl-C (or a service manager) ends it. A second Ctrl-C ends the process at once.
 *
 * @returns the command's exit code, 130 where it was ended.
 */
export async function interruptible(command: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const output = { isGone: false };
  const onSignal = (): void => {
    controller.abort(new Error('interrupted'));
  };
  // Whoever read our output has enough (`ota tree | head`): the board is to be left in order all the same.
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    output.isGone = true;
    controller.abort(error);
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  // The terminal was closed, or the connection to it.
  process.once('SIGHUP', onSignal);
  process.stdout.on('error', onOutputError);
  // Talk that nobody hears (`2>&1 | head`, a terminal that is gone) ends nothing; what is to be said of an error is lost.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
  try {
    const code = await command(controller.signal);
    if (output.isGone) return exitCode.done;
    return controller.signal.aborted ? exitCode.interrupted : code;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    process.off('SIGHUP', onSignal);
  }
}
