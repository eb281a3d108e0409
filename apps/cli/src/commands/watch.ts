import type { NodeView } from '@ota/fleet';
import { defineStream } from '../framework/command.ts';
import type { BaseContext } from '../framework/context.ts';
import { emitted } from '../framework/emitted.ts';
import { amount, argumentList } from '../framework/options.ts';
import { knownNodes } from '../fleet/choose-nodes.ts';
import { follow } from '../fleet/follow.ts';
import { printable } from '../framework/output/printable.ts';
import { LiveTable } from '../fleet/live-table.ts';
import { nodeCells, toRow, watchedRow, type WatchedRow } from '../fleet/node-row.ts';
import { canRedraw } from '../framework/output/style.ts';
import { brokerSecrets, brokerSettings } from '../fleet/with-fleet.ts';

/** Of each run on a terminal. */
const liveTables = new WeakMap<BaseContext, LiveTable>();

export const command = defineStream({
  name: 'watch',
  about: 'Shows the fleet as it changes, until Ctrl-C.',
  details:
    'On a terminal it is a table that keeps its place; elsewhere, and with TERM=dumb, a line for each node, and another for each change.',
  args: { nodes: argumentList('only these', { isOptional: true }) },
  options: { for: amount('end after so many seconds', { value: 'seconds' }) },
  settings: brokerSettings,
  secrets: brokerSecrets,
  examples: [
    ['ota watch', 'a live table of all nodes'],
    ['ota watch --json --for 60', 'a line of JSON for each change of the next minute'],
  ],
  result: watchedRow,

  run: (context) =>
    emitted<WatchedRow>(context.signal, (emit, signal) => {
      const { nodes } = context.args;
      const isMeant = (name: string): boolean => nodes.length === 0 || nodes.includes(name);
      return follow(
        { ...context, say: besideTable(context) },
        { seconds: context.options.for, signal },
        (fleet) => {
          const rows = new Map<string, WatchedRow>();
          const tell = (view: NodeView): void => {
            if (!isMeant(view.name)) return;
            const row = { ...toRow(view), forgotten: false };
            rows.set(view.name, row);
            emit(row);
          };
          for (const view of knownNodes(fleet, nodes)) tell(view);
          fleet.on('change', tell);
          fleet.on('forgotten', (name) => {
            const row = rows.get(name);
            if (row) emit({ ...row, online: false, forgotten: true });
            rows.delete(name);
          });
        },
      );
    }),

  print: (row, view, context) => {
    const { stdout, env } = context.io;
    if (!canRedraw(stdout, env)) {
      const cells = row.forgotten ? [printable(row.name), 'forgotten'] : nodeCells(row, view.style);
      view.line([new Date().toISOString(), ...cells].join('  ').trimEnd());
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

/** Talk goes above the table: a line in it would be overwritten, and one below it make the next table stand too low. */
function besideTable(context: BaseContext): BaseContext['say'] {
  return (line) => {
    const live = liveTables.get(context);
    const say = (): void => {
      context.say(line);
    };
    if (live) live.aside(say);
    else say();
  };
}
