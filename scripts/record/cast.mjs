/**
 * A recording in asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): a header, then one line of JSON for each
 * piece of output with its time in seconds.
 */
export class Cast {
  #events = [];
  #now = 0;

  constructor({ columns, rows, title }) {
    this.columns = columns;
    this.rows = rows;
    this.title = title;
  }

  /** @param {number} after seconds since the piece before; long waits are cut short by who calls. */
  write(text, after) {
    this.#now += after;
    this.#events.push([Number(this.#now.toFixed(3)), 'o', text]);
  }

  get events() {
    return this.#events;
  }

  toString() {
    const header = { version: 2, width: this.columns, height: this.rows, title: this.title };
    return [header, ...this.#events].map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}
