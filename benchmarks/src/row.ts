/** One measurement: what was done, by which tool, and what it cost. */
export interface Row {
  readonly scenario: string;
  readonly tool: string;
  readonly seconds: number;
  /** Bytes, round trips, requests or peak heap, where they apply. */
  readonly [figure: string]: string | number;
}

/** Lines of a table with one column for each figure. */
export function table(rows: readonly Row[]): string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => show(row[column])));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const line = (values: readonly string[], numbers: boolean): string =>
    values
      .map((value, index) => {
        const width = widths[index] ?? 0;
        const isNumber = numbers && typeof rows[0]?.[columns[index] ?? ''] === 'number';
        return isNumber ? value.padStart(width) : value.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [
    line(columns, false),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...cells.map((row) => line(row, true)),
  ];
}

function show(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || Number.isInteger(value)) return String(value);
  return value.toFixed(2);
}
