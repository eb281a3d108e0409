import type { Output } from '../io.ts';
import { bytes, duration } from './units.ts';

export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total: number;
}

interface Bar extends ProgressState {
  readonly title: string;
  readonly startedAt: number;
  /** What was there when the clock started: it does not count for the rate. */
  readonly startedWith: number;
}

export interface ScreenOptions {
  readonly canRedraw: boolean;
  readonly now?: () => number;
}

const redrawMs = 100;
const barCells = 24;

/**
 * The talk of a run, on stderr: lines that stay, and below them on a terminal one line of progress for each board. Elsewhere there are only the lines.
 */
export class Screen {
  readonly #output: Output;
  readonly #canRedraw: boolean;
  readonly #now: () => number;
  readonly #bars = new Map<string, Bar>();
  #drawn = 0;
  #drawnAt = -Infinity;

  /** @param canRedraw whether the output can take back what was written. */
  constructor(output: Output, { canRedraw, now = () => performance.now() }: ScreenOptions) {
    this.#output = output;
    this.#canRedraw = canRedraw;
    this.#now = now;
  }

  say(line: string): void {
    this.#erase();
    this.#output.write(`${line}\n`);
    this.#draw();
  }

  /** Takes the bars away for as long as something else writes to the terminal. */
  clear(): void {
    this.#erase();
  }

  /** @param key whose line it is, such as a port; `title` is shown where there are several. */
  progress(key: string, title: string, state: ProgressState): void {
    if (!this.#canRedraw) return;
    const before = this.#bars.get(key);
    const goesOn = before?.label === state.label && before.done <= state.done;
    const startedAt = goesOn ? before.startedAt : this.#now();
    const startedWith = goesOn ? before.startedWith : state.done;
    this.#bars.set(key, { ...state, title, startedAt, startedWith });
    const isDue = this.#now() - this.#drawnAt >= redrawMs || state.done >= state.total;
    if (!isDue) return;
    this.#erase();
    this.#draw();
  }

  endProgress(key: string): void {
    if (!this.#bars.has(key)) return;
    this.#erase();
    this.#bars.delete(key);
    this.#draw();
  }

  #draw(): void {
    if (this.#bars.size === 0) return;
    const width = (this.#output.columns ?? 80) - 1;
    for (const bar of this.#bars.values()) this.#output.write(`${this.#line(bar).slice(0, width)}\n`);
    this.#drawn = this.#bars.size;
    this.#drawnAt = this.#now();
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    this.#output.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }

  #line({ title, label, done, total, startedAt, startedWith }: Bar): string {
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const filled = Math.round(share * barCells);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(barCells - filled)}]`;
    const seconds = (this.#now() - startedAt) / 1000;
    const rate = seconds > 0 ? (done - startedWith) / seconds : 0;
    const left = rate > 0 ? `  ${bytes(rate)}/s  ${duration((total - done) / rate)} left` : '';
    const who = title === '' ? '' : `${title}  `;
    return `${who}${label} ${bar} ${Math.floor(share * 100)} %  ${bytes(done)} of ${bytes(total)}${left}`;
  }
}
