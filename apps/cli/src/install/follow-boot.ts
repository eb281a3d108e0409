import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout } from 'node:timers/promises';
import type { Fleet } from '@ota/fleet';
import { exitCode } from '../exit-code.ts';
import { linkOptions, withBoard } from '../framework/board.ts';
import { CliError } from '../framework/cli-error.ts';
import type { BaseContext } from '../framework/context.ts';
import { explainError } from '../framework/explain-error.ts';
import type { BrokerFacts } from '../checks/services.ts';

/** What a node said of itself after its start. */
export interface NodeReport {
  readonly node: string;
  /** Commit id of what it runs. */
  readonly version: string;
  /** `trial`, `confirmed`, …; `null` where only the console told. */
  readonly state: string | null;
  readonly seenBy: 'mqtt' | 'console';
  /** What went wrong at its last look for an update, in its own words; the console tells it in its lines. */
  readonly error: string | null;
}

export interface FollowOptions extends BrokerFacts {
  readonly node: string;
  readonly timeoutMs: number;
}

/**
 * Resets the board and waits until its node says which version it runs: over MQTT, or on the console, whichever is first. What the console says is shown meanwhile; a port that
 * goes away, as that of a chip with its own USB does at each reset, is opened again when it is back.
 *
 * @throws CliError NODE_FAILED with the node's own words, NODE_SILENT where nothing came in time; LinkError of the reset; the signal's reason.
 */
export async function resetAndFollow(context: BaseContext, options: FollowOptions): Promise<NodeReport> {
  const { node, timeoutMs } = options;
  const over = new AbortController();
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([context.signal, over.signal, late]);
  const fleet = await connectFleet(context, options);
  const words: string[] = [];
  let lost: string | undefined;
  try {
    // From before the reset on, so that no word is missed.
    const byMqtt = fleet && reported(fleet, node, signal);
    byMqtt?.catch(() => undefined);
    await withBoard(context, (board) => board.reset('hard', { signal: context.signal }));
    const byConsole = followConsole(context, node, signal, {
      onLine: (line) => {
        words.push(line);
        if (!context.isJson) context.say(`  ${line}`);
      },
      onPort: (reason) => {
        lost = reason;
      },
    });
    return await Promise.race([byConsole, ...(byMqtt ? [byMqtt] : [])]);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!late.aborted) throw error;
    const last = words.at(-1);
    const heard = last === undefined ? 'its console was silent' : `its last words were "${last}"`;
    const said = lost === undefined ? heard : `${heard}, and its port is gone (${lost})`;
    const message = `${node} did not report a version within ${timeoutMs / 1000} s, ${said}: look with "ota repl", or try "ota doctor"`;
    throw new CliError('NODE_SILENT', exitCode.device, message, { cause: error });
  } finally {
    over.abort(new Error('the node was heard'));
    await fleet?.close();
  }
}

async function connectFleet(context: BaseContext, options: FollowOptions): Promise<Fleet | undefined> {
  const { broker, brokerUser, brokerPassword, brokerCa } = options;
  const { readFile } = await import('node:fs/promises');
  const { Fleet: Connection } = await import('@ota/fleet');
  try {
    return await Connection.connect({
      ...{ url: broker, signal: context.signal },
      ...(brokerUser !== undefined && { username: brokerUser }),
      ...(brokerPassword !== undefined && { password: brokerPassword }),
      ...(brokerCa !== undefined && { ca: await readFile(brokerCa, 'utf8') }),
    });
  } catch (error) {
    context.signal.throwIfAborted();
    // The node may reach it all the same.
    context.say(`${explainError(error).message}; listening to the console alone`);
    return undefined;
  }
}

function reported(fleet: Fleet, node: string, signal: AbortSignal): Promise<NodeReport> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      fleet.off('change', onChange);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onAbort = (): void => {
      end(() => {
        reject(signal.reason as Error);
      });
    };
    const onChange = (view: {
      name: string;
      state: { online: boolean; version: string | null; error: string | null; state: string | null } | null;
    }): void => {
      const { name, state } = view;
      if (name !== node || state?.online !== true) return;
      const { version, error } = state;
      if (version !== null) {
        end(() => {
          resolve({ node, version, state: state.state, seenBy: 'mqtt', error });
        });
      } else if (error !== null) {
        end(() => {
          reject(new CliError('NODE_FAILED', exitCode.failed, `${node} runs no version: ${error}`));
        });
      }
    };
    fleet.on('change', onChange);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

interface ConsoleEvents {
  readonly onLine: (line: string) => void;
  /** Why the port cannot be read; `undefined`: it is open. */
  readonly onPort: (reason: string | undefined) => void;
}

/** Until a port is looked for again. A chip needs longer than this to come back to the bus, and says nothing of interest before. */
const reopenMs = 100;

/** Reads the console, line by line, until src.main starts. @throws the signal's reason. */
async function followConsole(
  context: BaseContext,
  node: string,
  signal: AbortSignal,
  { onLine, onPort }: ConsoleEvents,
): Promise<NodeReport> {
  const { openLink } = await import('@ota/device-fs');
  const options = { ...(await linkOptions(context)), signal };
  for (;;) {
    try {
      const link = await openLink(context.port, options);
      try {
        onPort(undefined);
        const version = await readVersion(link.stream, signal, onLine);
        if (version !== undefined) return { node, version, state: null, seenBy: 'console', error: null };
        onPort('the connection was lost');
      } finally {
        await link.close();
      }
    } catch (error) {
      signal.throwIfAborted();
      onPort(explainError(error).message);
    }
    await setTimeout(reopenMs, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}

/** @returns the commit id of what the node starts; `undefined` where the console ends before. */
async function readVersion(
  stream: Duplex,
  signal: AbortSignal,
  onLine: ConsoleEvents['onLine'],
): Promise<string | undefined> {
  const stop = (): void => {
    stream.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  const decoder = new StringDecoder('utf8');
  try {
    let held = '';
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      const lines = (held + decoder.write(bytes)).split(/\r?\n/);
      held = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.trim() !== '')) {
        onLine(line);
        const [, version] = /starting src\.main ([0-9a-f]{40})/.exec(line) ?? [];
        if (version !== undefined) return version;
      }
    }
    signal.throwIfAborted();
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
