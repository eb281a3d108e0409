import { once } from 'node:events';
import { exitCode } from '../exit-code.ts';
import type { Streams } from '../streams.ts';
import { DemoFailedError, runLoop } from '../demo/loop.ts';
import { startDemoSite } from '../demo/demo-site.ts';
import { Timeline } from '../demo/timeline.ts';
import { reachable } from '../demo/reachable.ts';

export interface DemoOptions {
  /** Leave the site running until the signal aborts. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
}

/** `ota demo`: the whole loop on this machine, as a timeline. */
export async function demo({ keep, signal }: DemoOptions, { stdout, stderr }: Streams): Promise<number> {
  const timeline = new Timeline((line) => stdout.write(`${line}\n`));
  const started = await timeline.step('start a site', () => startDemoSite(signal)).catch(fail(stderr));
  if (!started) return exitCode.failed;
  try {
    const { first, second } = await runLoop(started, timeline, { signal });
    const seconds = timeline.elapsedSeconds.toFixed(1);
    stdout.write(
      `\nDone in ${seconds} s: the node went from ${first.slice(0, 10)} to ${second.slice(0, 10)}.\n`,
    );
    if (keep) await stay(started, { stdout, stderr }, signal);
    return exitCode.done;
  } catch (error) {
    if (signal.aborted) throw error;
    fail(stderr)(error);
    return exitCode.failed;
  } finally {
    await started.site.close();
  }
}

async function stay(
  started: Awaited<ReturnType<typeof startDemoSite>>,
  { stdout }: Streams,
  signal: AbortSignal,
): Promise<void> {
  const doors = await reachable(started);
  try {
    stdout.write(`\nThe site stays up until Ctrl-C:\n${doors.lines.map((line) => `  ${line}\n`).join('')}`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await doors.close();
  }
}

function fail(stderr: Streams['stderr']): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof DemoFailedError)) throw error;
    stderr.write(`ota demo: ${error.message}\n`);
    return undefined;
  };
}
