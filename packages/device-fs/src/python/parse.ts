import { DeviceError } from '../errors.ts';

/** Python's data as JavaScript's: tuples become arrays, bytes become Buffers, a dict's keys become strings. */
export type PythonValue =
  null | boolean | number | bigint | string | Buffer | PythonValue[] | { [key: string]: PythonValue };

const keywords = new Map<string, PythonValue>([
  ['None', null],
  ['True', true],
  ['False', false],
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['nan', NaN],
]);
const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const hexLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * Reads what Python's `repr()` gives for None, booleans, numbers, strings, bytes, tuples, lists and dicts of those.
 *
 * @throws DeviceError DEVICE_RESULT for anything else.
 */
export function parsePython(text: string): PythonValue {
  const parser = new Parser(text);
  const value = parser.value();
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.trim();
  }

  end(): void {
    if (this.#at < this.#text.length) this.#fail();
  }

  value(): PythonValue {
    const character = this.#text[this.#at] ?? '';
    if (character === "'" || character === '"') return this.#string();
    if (character === 'b' || character === 'B') return this.#bytes();
    if (character === '(' || character === '[') return this.#sequence(character);
    if (character === '{') return this.#dict();
    return this.#word();
  }

  #word(): PythonValue {
    const [word = ''] = /^[-+\w.]+/.exec(this.#text.slice(this.#at, this.#at + 4096)) ?? [];
    const known = keywords.get(word);
    if (known === undefined && !/^-?\d+(\.\d*)?(e[-+]?\d+)?$/.test(word)) this.#fail();
    this.#at += word.length;
    if (known !== undefined) return known;
    const number = Number(word);
    return /^-?\d+$/.test(word) && !Number.isSafeInteger(number) ? BigInt(word) : number;
  }

  #sequence(open: string): PythonValue[] {
    const items: PythonValue[] = [];
    this.#items(open, () => items.push(this.value()));
    return items;
  }

  #dict(): { [key: string]: PythonValue } {
    const entries: [string, PythonValue][] = [];
    this.#items('{', () => {
      const key = this.value();
      if (typeof key === 'object' && key !== null) this.#fail();
      this.#expect(':');
      entries.push([String(key), this.value()]);
    });
    return Object.fromEntries(entries);
  }

  #items(open: string, item: () => void): void {
    const close = closers[open] ?? '';
    this.#at += 1;
    this.#skipSpace();
    while (this.#text[this.#at] !== close) {
      item();
      this.#skipSpace();
      if (this.#text[this.#at] === ',') this.#at += 1;
      else if (this.#text[this.#at] !== close) this.#fail();
      this.#skipSpace();
    }
    this.#at += 1;
  }

  #bytes(): Buffer {
    this.#at += 1;
    return Buffer.from(this.#string(), 'latin1');
  }

  #string(): string {
    const mark = this.#text[this.#at];
    if (mark !== "'" && mark !== '"') this.#fail();
    this.#at += 1;
    let value = '';
    for (;;) {
      const character = this.#text[this.#at++] ?? this.#fail();
      if (character === mark) return value;
      value += character === '\\' ? this.#escape() : character;
    }
  }

  #escape(): string {
    const kind = this.#text[this.#at++] ?? this.#fail();
    const length = hexLengths[kind];
    if (length === undefined) return simpleEscapes[kind] ?? kind;
    const digits = this.#text.slice(this.#at, this.#at + length);
    if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < length) this.#fail();
    this.#at += length;
    return String.fromCodePoint(Math.min(parseInt(digits, 16), 0x10ffff));
  }

  #expect(character: string): void {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) this.#fail();
    this.#at += 1;
    this.#skipSpace();
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }

  #fail(): never {
    const shown = this.#text.length > 80 ? `${this.#text.slice(0, 80)}…` : this.#text;
    throw new DeviceError(
      'DEVICE_RESULT',
      `the board answered with something that is not data, ${shown}: return numbers, strings, bytes, lists or dicts`,
    );
  }
}
