import { FirmwareError } from './errors.ts';
import type { PythonValue } from './python-literal.ts';
import { pythonTokens, type PythonToken } from './pack/python-tokens.ts';

/**
 * Reads what a settings file holds: the dictionary `settings`, of literals. It is not run.
 *
 * @throws FirmwareError NOT_A_LITERAL, naming the line and not what is in it: it may be a secret.
 */
export function readSettings(source: string): Record<string, PythonValue> {
  const tokens = pythonTokens(source);
  const start = tokens.findIndex(
    ({ text }, at) => text === 'settings' && tokens.slice(at + 1).find(isCode)?.text === '=',
  );
  if (start < 0) throw new FirmwareError('NOT_A_LITERAL', 'there is no dictionary "settings"');
  const before = tokens.slice(0, start).map(({ text }) => text);
  const reader = new Reader(tokens.slice(start + 1), before.join('').split('\n').length);
  reader.take('=');
  const value = reader.value();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw reader.wrong('"settings" is no dictionary');
  }
  return value as Record<string, PythonValue>;
}

function isCode({ kind }: PythonToken): boolean {
  return kind === 'word' || kind === 'string' || kind === 'other';
}

/** Keywords that are values. */
const constants: Readonly<Record<string, PythonValue>> = { True: true, False: false, None: null };
const closing: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };

class Reader {
  readonly #tokens: readonly PythonToken[];
  #at = 0;
  #line: number;

  constructor(tokens: readonly PythonToken[], line: number) {
    this.#tokens = tokens;
    this.#line = line;
  }

  wrong(what: string): FirmwareError {
    return new FirmwareError('NOT_A_LITERAL', `line ${this.#line} ${what}`);
  }

  /** The next token that is code, without taking it. */
  #next(): PythonToken | undefined {
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined || isCode(token)) return token;
      this.#pass(token);
    }
  }

  #pass(token: PythonToken): void {
    this.#at += 1;
    this.#line += token.text.split('\n').length - 1;
  }

  take(text: string): void {
    const token = this.#next();
    if (token?.text !== text) throw this.wrong(`needs a "${text}"`);
    this.#pass(token);
  }

  #takes(text: string): boolean {
    const token = this.#next();
    if (token?.text !== text) return false;
    this.#pass(token);
    return true;
  }

  value(): PythonValue {
    const token = this.#next();
    if (token === undefined) throw this.wrong('ends too early');
    if (token.kind === 'string') return this.#text();
    this.#pass(token);
    if (token.text === '{') return this.#dictionary();
    if (token.text === '[' || token.text === '(') return this.#list(closing[token.text] ?? '');
    if (token.text === '-') return -this.#number(this.#digits());
    if (token.text in constants) return constants[token.text] ?? null;
    return this.#number(token.text + this.#fraction());
  }

  #dictionary(): PythonValue {
    const entries: [string, PythonValue][] = [];
    while (!this.#takes('}')) {
      const key = this.value();
      if (typeof key !== 'string') throw this.wrong('has a key that is no text');
      this.take(':');
      entries.push([key, this.value()]);
      if (!this.#takes(',') && this.#next()?.text !== '}') throw this.wrong('needs a "," or a "}"');
    }
    return Object.fromEntries(entries);
  }

  #list(end: string): PythonValue {
    const values: PythonValue[] = [];
    let commas = 0;
    while (!this.#takes(end)) {
      values.push(this.value());
      if (this.#takes(',')) commas += 1;
      else if (this.#next()?.text !== end) throw this.wrong(`needs a "," or a "${end}"`);
    }
    const [only] = values;
    // (1) is 1, and (1,) a tuple.
    return end === ')' && values.length === 1 && commas === 0 ? (only ?? null) : values;
  }

  /** Texts that follow each other are one. */
  #text(): string {
    let text = '';
    for (let token = this.#next(); token?.kind === 'string'; token = this.#next()) {
      text += this.#content(token.text);
      this.#pass(token);
    }
    return text;
  }

  #content(literal: string): string {
    const [, prefix = '', , content = ''] = /^([a-zA-Z]*)("""|'''|"|')([^]*)\2$/.exec(literal) ?? [];
    if (/[bf]/i.test(prefix)) throw this.wrong('has a text of another kind than settings have');
    if (/r/i.test(prefix)) return content;
    return content.replaceAll(escape, (whole, code: string) => this.#unescaped(whole, code));
  }

  #unescaped(whole: string, code: string): string {
    const plain = escapes[code];
    if (plain !== undefined) return plain;
    const hex = /^[xuU]([0-9a-fA-F]+)$/.exec(code)?.[1];
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (/^[0-7]/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
    return whole;
  }

  #digits(): string {
    const token = this.#next();
    if (token?.kind !== 'word') throw this.wrong('has a value that is no literal');
    this.#pass(token);
    return token.text + this.#fraction();
  }

  #fraction(): string {
    if (!this.#takes('.')) return '';
    const token = this.#next();
    if (token?.kind !== 'word') return '.';
    this.#pass(token);
    return `.${token.text}`;
  }

  #number(text: string): number {
    const isNumber = /^(0[xob][0-9a-f_]+|\d[\d_]*(\.\d*)?(e\d+)?)$/i.test(text);
    if (!isNumber) throw this.wrong('has a value that is no literal');
    return Number(text.replaceAll('_', ''));
  }
}

const escape = /\\(\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g;
const escapes: Readonly<Record<string, string>> = {
  ...{ '\n': '', '\\': '\\', "'": "'", '"': '"' },
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};
