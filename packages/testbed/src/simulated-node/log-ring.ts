const longestLine = 160;
const memoryBytes = 2000;
/** What else is in that memory: counts, the phase, the id of a command. */
const otherBytes = 60;

/** The last lines of a node's life, which survive a reset and are published after it. */
export class LogRing {
  #lines: string[] = [];
  #bytes = 0;

  /** @returns the line as the node writes it. */
  add(name: string, text: string): string {
    const time = `${new Date().toISOString().slice(0, 19)}Z`;
    const whole = `[${time}][${name}] ${text}`;
    const line = whole.slice(0, longestLine);
    this.#lines.push(line);
    this.#bytes += cost(line);
    while (this.#bytes > memoryBytes - otherBytes) this.#bytes -= cost(this.#lines.shift() ?? '');
    return whole;
  }

  /** Hands out what was written before the reset, and begins again. */
  takeBefore(): string[] {
    const lines = this.#lines;
    this.clear();
    return lines;
  }

  clear(): void {
    this.#lines = [];
    this.#bytes = 0;
  }
}

/** With its quotes, a comma and a blank. */
function cost(line: string): number {
  return line.length + 4;
}
