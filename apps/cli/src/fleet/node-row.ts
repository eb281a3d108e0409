import type { NodeView } from '@ota/fleet';
import { z } from 'zod';
import type { Column } from '../framework/output/table.ts';
import { printable } from '../framework/output/printable.ts';
import type { Style } from '../framework/output/style.ts';
import { bytes } from '../framework/output/units.ts';

/** A node for programs. */
export const nodeRow = z.object({
  name: z.string(),
  online: z.boolean(),
  version: z.string().nullable().describe('commit id of what it runs'),
  previous: z.string().nullable().describe('commit id of the version that it can return to'),
  state: z.string().nullable().describe('trial, confirmed, reverted or none'),
  ref: z.string().nullable().describe('the ref that it follows'),
  target: z.string().nullable().describe('the commit that it is held to'),
  error: z.string().nullable().describe('why the last update or application failed'),
  boots: z.number().nullable().describe('since power came on'),
  heap: z.number().nullable().describe('bytes free'),
  firmware: z.string().nullable().describe("MicroPython's version"),
  since: z.string().nullable().describe('when it started, ISO 8601 in UTC'),
  lastSeen: z
    .string()
    .nullable()
    .describe(
      "when it was there for the last time, ISO 8601 in UTC, by this computer's clock; null where it was gone before ota looked",
    ),
});
export type NodeRow = z.infer<typeof nodeRow>;

/** A node at the moment of a change. */
export const watchedRow = nodeRow.extend({
  forgotten: z.boolean().describe('whether somebody took its state off the broker: it is no node any more'),
});
export type WatchedRow = z.infer<typeof watchedRow>;

export function toRow({ name, state, target, lastSeen }: NodeView): NodeRow {
  const { online, version, previous, ref, error, boots, heap, firmware, since } = state;
  return {
    ...{ name, online, version, previous, state: state.state, ref, target, error },
    ...{ boots, heap, firmware, since, lastSeen: lastSeen?.toISOString() ?? null },
  };
}

export const nodeColumns: readonly (string | Column)[] = [
  ...['NODE', '', 'LAST SEEN', 'VERSION', 'STATE', 'RUNS SINCE'],
  { title: 'HEAP', align: 'right' },
  'ERROR',
];

/** The cells of a node under {@link nodeColumns}. */
export function nodeCells(row: NodeRow, style: Style): string[] {
  const { name, online, version, state, target, since, heap, error, lastSeen } = row;
  const isHeld = target !== null && target !== version;
  return [
    printable(name),
    online ? style('green', 'online') : style('red', 'offline'),
    online ? 'now' : time(lastSeen),
    printable(version?.slice(0, 10) ?? '-') + (isHeld ? ` (to be ${target.slice(0, 10)})` : ''),
    state === null ? '-' : colouredState(printable(state), style),
    time(since),
    heap === null ? '-' : bytes(heap),
    error === null ? '' : style('red', printable(error)),
  ];
}

function time(iso: string | null): string {
  return iso === null ? '-' : printable(iso.replace('T', ' ').replace(/(\.\d+)?Z/, ''));
}

function colouredState(state: string, style: Style): string {
  if (state === 'confirmed') return style('green', state);
  return style(state === 'reverted' ? 'red' : 'yellow', state);
}
