import { printableLine } from './printable.ts';
import { withoutStyle } from './style.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Text in columns, two blanks between them, fit for a terminal. Without titles there is no head. */
export function table(columns: readonly (string | Column)[], rows: readonly (readonly string[])[]): string[] {
  const heads = columns.map((column) => (typeof column === 'string' ? { title: column } : column));
  const hasHead = heads.some(({ title }) => title !== '');
  const safe = rows.map((cells) => cells.map(printableLine));
  const lines = hasHead ? [heads.map(({ title }) => title), ...safe] : safe;
  const widths = heads.map((_, at) => Math.max(...lines.map((cells) => width(cells[at] ?? ''))));
  return lines.map((cells) =>
    heads
      .map(({ align }, at) => {
        const cell = cells[at] ?? '';
        const blanks = ' '.repeat((widths[at] ?? 0) - width(cell));
        return align === 'right' ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
}

function width(text: string): number {
  return Array.from(withoutStyle(text)).length;
}
