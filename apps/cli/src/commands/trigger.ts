import type { Fleet, NodeView } from '@ota/fleet';
import { z } from 'zod';
import { exitCode } from '../exit-code.ts';
import { CliError, usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import type { BaseContext } from '../framework/context.ts';
import { amount, argumentList, flag, text } from '../framework/options.ts';
import { printable } from '../framework/output/printable.ts';
import { knownNodes, onlineNodes } from '../fleet/choose-nodes.ts';
import { restartBroker, restartCommand } from '../fleet/restart-broker.ts';
import { untilRestarted, untilVersion } from '../fleet/wait-for-nodes.ts';
import { brokerSecrets, brokerSettings, brokerUrl, withFleet } from '../fleet/with-fleet.ts';

const defaultSeconds = 120;
const goneMs = 10_000;

interface TriggerOptions {
  readonly all: boolean;
  readonly restartBroker: boolean;
  readonly brokerCommand: string | undefined;
  readonly service: string | undefined;
  readonly until: string | undefined;
  readonly timeout: number | undefined;
}

export const command = defineCommand({
  name: 'trigger',
  about: 'Has nodes look for an update now.',
  details:
    'By a command over MQTT, which each node follows after its jitter and answers. With --restart-broker as in the seed project: the broker is restarted, every node loses it, starts again after its jitter, and looks for an update as it boots. That reaches all nodes, needs nothing of them, and cuts every other client of the broker off for the moment, too.',
  args: { nodes: argumentList('names of nodes', { isOptional: true }) },
  options: {
    all: flag('every node that is online'),
    until: text('wait until they run this commit', { value: 'commit' }),
    timeout: amount(`how long to wait for the nodes (default: ${defaultSeconds})`, { value: 'seconds' }),
    restartBroker: flag("restart the broker's service, for all nodes"),
    service: text("the service's name (default: mosquitto)", { value: 'name' }),
    brokerCommand: text('what restarts the broker, where it is on another computer or no service', {
      value: 'command',
    }),
  },
  settings: brokerSettings,
  secrets: brokerSecrets,
  changes: true,
  destroys: ({ options }) =>
    options.restartBroker ? 'Every client of the broker will lose its connection for a moment' : undefined,
  examples: [
    ['ota trigger kitchen', 'one node looks, and installs what is new'],
    ['ota trigger --all --until 3f9a2c1', 'all nodes, and waits until they run that commit'],
    [
      'ota trigger --restart-broker --broker-command "ssh hub sudo systemctl restart mosquitto"',
      "the seed's way",
    ],
  ],
  result: z.object({
    dryRun: z.boolean(),
    method: z.enum(['command', 'restart']),
    command: z.string().nullable().describe('what restarted the broker'),
    nodes: z.array(
      z.object({
        name: z.string(),
        looked: z.boolean().describe('whether it answered, or came back after the restart'),
        from: z.string().nullable().describe('commit id before'),
        version: z.string().nullable().describe('commit id now'),
        state: z.string().nullable().describe('trial, confirmed, reverted or none'),
        error: z.string().nullable(),
        reached: z.boolean().nullable().describe('whether it runs the commit of --until'),
      }),
    ),
  }),

  run: async (context) => {
    const options: TriggerOptions = context.options;
    const names = context.args.nodes;
    checkTogether(names, options);
    const { dryRun } = context;
    return withFleet(context, async (fleet) => {
      const isRestart = options.restartBroker;
      const before = names.length > 0 ? knownNodes(fleet, names) : onlineNodes(fleet);
      const restart = isRestart ? await howToRestart(context, options) : undefined;
      const timeoutMs = (options.timeout ?? defaultSeconds) * 1000;
      const patience = { timeoutMs, signal: context.signal };
      const shown = { dryRun, method: isRestart ? ('restart' as const) : ('command' as const) };
      const line = restart?.line ?? null;
      if (dryRun) return { ...shown, command: line, nodes: rows(fleet, before, [], undefined) };
      let missing: string[] = [];
      if (restart) {
        await restartNow(fleet, () => restartBroker(restart, context.signal), context);
        missing = await untilRestarted(fleet, before, patience);
      } else
        await fleet.trigger(
          before.map(({ name }) => name),
          patience,
        );
      const looked = before.filter(({ name }) => !missing.includes(name));
      if (options.until !== undefined) {
        const all = before.map(({ name }) => name);
        await untilVersion(fleet, all, options.until, patience);
      }
      return { ...shown, command: line, nodes: rows(fleet, before, looked, options.until) };
    });
  },

  print: ({ dryRun, method, command: line, nodes }, view, { say }) => {
    if (dryRun) {
      const what = method === 'restart' ? `"${line ?? ''}" would be run` : 'A command would be sent';
      say(`${what}; these would look for an update: ${nodes.map(({ name }) => name).join(', ')}`);
      return;
    }
    const short = (id: string | null): string => printable(id?.slice(0, 10) ?? '-');
    view.table(
      ['NODE', 'FROM', 'NOW', 'STATE', 'ERROR'],
      nodes.map(({ name, from, version, state, error, looked }) => [
        printable(name),
        short(from),
        from === version ? short(version) : view.style('green', short(version)),
        printable(state ?? '-'),
        view.style('red', looked ? printable(error ?? '') : 'did not come back in time'),
      ]),
    );
  },

  exitCode: ({ dryRun, nodes }) => {
    const isGood = nodes.every(({ looked, error, reached }) => looked && error === null && reached !== false);
    return dryRun || isGood ? exitCode.done : exitCode.failed;
  },
});

function checkTogether(names: readonly string[], options: TriggerOptions): void {
  const { all, restartBroker: isRestart, brokerCommand, service, until } = options;
  if (isRestart && (all || names.length > 0)) {
    throw usageError('--restart-broker reaches all nodes: leave their names and --all out');
  }
  if (!isRestart && (brokerCommand !== undefined || service !== undefined)) {
    throw usageError('--broker-command and --service are for --restart-broker: add it, or leave them out');
  }
  if (!isRestart && all === names.length > 0) {
    throw usageError('name the nodes ("ota status" lists them), or take --all');
  }
  if (until !== undefined && !/^[0-9a-f]{7,40}$/.test(until)) {
    throw usageError(`--until takes a commit id of 7 to 40 hex digits, not "${until}"`);
  }
}

async function howToRestart(
  context: BaseContext,
  { brokerCommand, service = 'mosquitto' }: TriggerOptions,
): ReturnType<typeof restartCommand> {
  if (!/^[\w@.-]+$/.test(service)) throw usageError(`"${service}" cannot be the name of a service`);
  const found = await restartCommand(await brokerUrl(context), { command: brokerCommand, service });
  context.say(
    `The broker goes away for a moment (${found.line}): every node loses it, starts again, and looks for an update.`,
  );
  return found;
}

/** @throws CliError BROKER_SERVICE where the command ended well and the broker never went away. */
async function restartNow(
  fleet: Fleet,
  restart: () => Promise<void>,
  { signal }: BaseContext,
): Promise<void> {
  const gone = new Promise<boolean>((resolve) => {
    fleet.once('connection', () => {
      resolve(true);
    });
  });
  await restart();
  const late = new Promise<boolean>((resolve) => {
    const timer = setTimeout(resolve, goneMs, false);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(false);
    });
    void gone.then(() => {
      clearTimeout(timer);
    });
  });
  const isGone = await Promise.race([gone, late]);
  signal.throwIfAborted();
  if (isGone) return;
  const message = `the broker was still there ${goneMs / 1000} s after the command: is it another one that was restarted? See --service and --broker-command`;
  throw new CliError('BROKER_SERVICE', exitCode.failed, message);
}

function rows(
  fleet: Fleet,
  before: readonly NodeView[],
  looked: readonly NodeView[],
  until: string | undefined,
): {
  name: string;
  looked: boolean;
  from: string | null;
  version: string | null;
  state: string | null;
  error: string | null;
  reached: boolean | null;
}[] {
  return before.map((was) => {
    const { version, state, error } = (fleet.node(was.name) ?? was).state;
    return {
      ...{ name: was.name, looked: looked.includes(was), from: was.state.version, version, state, error },
      reached: until === undefined ? null : version?.startsWith(until) === true,
    };
  });
}
