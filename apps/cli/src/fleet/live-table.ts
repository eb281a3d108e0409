import { table } from '../framework/output/table.ts';
import { withoutStyle } from '../framework/output/style.ts';
import type { View } from '../framework/view.ts';
import { nodeCells, nodeColumns, type NodeRow, type WatchedRow } from './node-row.ts';

/** Lines at the bottom of a terminal that keep their place while what they show changes. */
export class LiveTable {
  readonly #rows = new Map<string, NodeRow>();
  readonly #size: () => { columns: number; rows: number };
  #view: View | undefined;
  #drawn = 0;

  /** @param size of the terminal; asked for each time, since windows are resized. */
  constructor(size: () => { columns: number; rows: number }) {
    this.#size = size;
  }

  /** Takes a node's new row, or one that is no more, and draws. */
  show(row: WatchedRow, view: View): void {
    if (row.forgotten) this.#rows.delete(row.name);
    else this.#rows.set(row.name, row);
    this.#view = view;
    this.#draw(view);
  }

  /** Takes the table away while something else is written where it stands, and draws it below that. */
  aside(write: () => void): void {
    if (this.#drawn > 0) this.#view?.write(this.#up());
    this.#drawn = 0;
    write();
    if (this.#view) this.#draw(this.#view);
  }

  #draw(view: View): void {
    const { columns, rows } = this.#size();
    const nodes = [...this.#rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const lines = table(
      nodeColumns,
      nodes.map((node) => nodeCells(node, view.style)),
    );
    // One line for the head, one for what does not fit, one for the cursor.
    const room = Math.max(1, rows - 3);
    const shown = lines.slice(0, room + 1);
    if (lines.length > shown.length) shown.push(`... and ${lines.length - shown.length} more nodes`);
    view.write(this.#up() + shown.map((line) => `${cut(line, columns - 1)}\n`).join(''));
    this.#drawn = shown.length;
  }

  #up(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\u001b[0J`;
  }
}

/** A line that is longer than the terminal would count as two when the cursor goes up. Colours take no place. */
function cut(line: string, width: number): string {
  if (Array.from(withoutStyle(line)).length <= width) return line;
  let left = width;
  let end = '';
  for (const [part] of line.matchAll(/\u001b\[\d+m|[^\u001b]/gu)) {
    if (part.startsWith('\u001b')) end += part;
    else if (left > 0) {
      end += part;
      left--;
    }
  }
  return end;
}
