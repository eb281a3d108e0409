import { defineStream } from '../framework/command.ts';
import type { BaseContext } from '../framework/context.ts';
import { emitted } from '../framework/emitted.ts';
import { amount, argumentList } from '../framework/options.ts';
import { knownNodes } from '../fleet/choose-nodes.ts';
import { follow } from '../fleet/follow.ts';
import { LiveTable } from '../fleet/live-table.ts';
import { nodeCells, nodeRow, toRow, type NodeRow } from '../fleet/node-row.ts';
import { brokerSecrets, brokerSettings } from '../fleet/with-fleet.ts';

/** Of each run on a terminal. */
const liveTables = new WeakMap<BaseContext, LiveTable>();

export const command = defineStream({
  name: 'watch',
  about: 'Shows the fleet as it changes, until Ctrl-C.',
  details:
    'On a terminal it is a table that keeps its place; elsewhere a line for each node, and another for each change.',
  args: { nodes: argumentList('only these', { isOptional: true }) },
  options: { for: amount('end after so many seconds', { value: 'seconds' }) },
  settings: brokerSettings,
  secrets: brokerSecrets,
  examples: [
    ['ota watch', 'a live table of all nodes'],
    ['ota watch --json --for 60', 'a line of JSON for each change of the next minute'],
  ],
  result: nodeRow,

  run: (context) =>
    emitted<NodeRow>(context.signal, (emit, signal) => {
      const { nodes } = context.args;
      return follow(context, { seconds: context.options.for, signal }, (fleet) => {
        for (const view of knownNodes(fleet, nodes)) emit(toRow(view));
        fleet.on('change', (view) => {
          if (nodes.length === 0 || nodes.includes(view.name)) emit(toRow(view));
        });
      });
    }),

  print: (row, view, context) => {
    const { stdout } = context.io;
    if (stdout.isTTY !== true) {
      view.line([row.lastSeen, ...nodeCells(row, view.style)].join('  ').trimEnd());
      return;
    }
    // A terminal that nobody gave a size says 0.
    const size = (): { columns: number; rows: number } => ({
      columns: stdout.columns || 80,
      rows: stdout.rows || 24,
    });
    const live = liveTables.get(context) ?? new LiveTable(size);
    liveTables.set(context, live);
    live.show(row, view);
  },
});
