import { z } from 'zod';
import { exitCode } from '../exit-code.ts';
import { defineCommand } from '../framework/command.ts';
import { amount, argumentList } from '../framework/options.ts';
import { printable } from '../framework/output/printable.ts';
import { knownNodes } from '../fleet/choose-nodes.ts';
import { brokerSecrets, brokerSettings, withFleet } from '../fleet/with-fleet.ts';

const defaultSeconds = 60;

export const command = defineCommand({
  name: 'rollback',
  about: 'Has nodes return to their previous version.',
  details:
    'A node that returned does not take the version that it left again, whatever the branch says: publish a fixed one. What has no previous version says so.',
  args: { nodes: argumentList('names of nodes') },
  options: {
    timeout: amount(`how long to wait for the nodes (default: ${defaultSeconds})`, { value: 'seconds' }),
  },
  settings: brokerSettings,
  secrets: brokerSecrets,
  changes: true,
  destroys: ({ args: { nodes } }) =>
    `${nodes.join(', ')} will leave the version that runs, and not take it again`,
  examples: [
    ['ota rollback kitchen', 'asks, and then brings the version before back'],
    ['ota rollback kitchen cellar --yes --json', 'two nodes, from a program'],
  ],
  result: z.object({
    dryRun: z.boolean(),
    nodes: z.array(
      z.object({
        name: z.string(),
        from: z.string().nullable().describe('commit id before'),
        to: z.string().nullable().describe('commit id now; with --dry-run what it would be'),
        returned: z.boolean(),
        error: z.string().nullable(),
      }),
    ),
  }),

  run: (context) =>
    withFleet(context, async (fleet) => {
      const { dryRun, signal, args, options } = context;
      const before = knownNodes(fleet, args.nodes);
      if (dryRun) {
        const nodes = before.map(({ name, state: { version, previous } }) => ({
          ...{ name, from: version, to: previous ?? version, returned: false },
          error: previous === null ? 'there is no previous version to return to' : null,
        }));
        return { dryRun, nodes };
      }
      const timeoutMs = (options.timeout ?? defaultSeconds) * 1000;
      const names = before.map(({ name }) => name);
      const after = await fleet.rollback(names, { timeoutMs, signal });
      const nodes = after.map(({ name, state: { version, error } }, at) => {
        const from = before[at]?.state.version ?? null;
        const returned = version !== from;
        // A node that returned tells with its error why: that is no failure.
        return { name, from, to: version, returned, error: returned ? null : error };
      });
      return { dryRun, nodes };
    }),

  print: ({ dryRun, nodes }, view) => {
    const short = (id: string | null): string => printable(id?.slice(0, 10) ?? '-');
    for (const { name: given, from, to, error } of nodes) {
      const name = printable(given);
      if (error !== null) view.line(`${name}: ${view.style('red', printable(error))}`);
      else if (dryRun) view.line(`${name} would go from ${short(from)} to ${short(to)}`);
      else view.line(`${name}: ${view.style('green', `returned from ${short(from)} to ${short(to)}`)}`);
    }
  },

  exitCode: ({ dryRun, nodes }) =>
    dryRun || nodes.every(({ returned }) => returned) ? exitCode.done : exitCode.failed,
});
