import type { Output } from './io.ts';
import { printableLine } from './output/printable.ts';
import { table, type Column } from './output/table.ts';
import type { Style } from './output/style.ts';

/** What a command shows a person, on stdout. */
export class View {
  readonly style: Style;
  readonly #output: Output;
  readonly #before: () => void;
  readonly #prefix: string;

  /**
   * @param before is called before each output: bars below it have to make room.
   * @param prefix of every line, where several boards talk at once.
   */
  constructor(output: Output, style: Style, before: () => void = () => undefined, prefix = '') {
    this.#output = output;
    this.style = style;
    this.#before = before;
    this.#prefix = prefix;
  }

  line(text = ''): void {
    this.write(`${this.#prefix}${printableLine(text)}\n`);
  }

  table(columns: readonly (string | Column)[], rows: readonly (readonly string[])[]): void {
    for (const line of table(columns, rows)) this.line(line);
  }

  /** As it is: a file's bytes, a program's output. */
  write(data: string | Uint8Array): void {
    this.#before();
    this.#output.write(data);
  }
}
