import { keywords, pythonTokens, type PythonToken } from './python-tokens.ts';

/** A logical line: what brackets and backslashes hold together is one. Blanks and comments are not among its tokens. */
export interface PythonLine {
  readonly indent: string;
  readonly tokens: readonly PythonToken[];
}

/** Reads the statements of a module, without docstrings; a block of nothing but a docstring gets a `pass`. */
export function readLines(source: string): PythonLine[] {
  const lines = logicalLines(source);
  const kept: PythonLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (!line.tokens.every(({ kind }) => kind === 'string')) {
      kept.push(line);
      continue;
    }
    // A docstring, or another statement that does nothing: it is needed only as the one thing in a block.
    const opens = lines[index - 1]?.tokens.at(-1)?.text === ':';
    const follows = (lines[index + 1]?.indent.length ?? 0) >= line.indent.length;
    if (opens && !follows) kept.push({ indent: line.indent, tokens: [{ kind: 'word', text: 'pass' }] });
  }
  return kept;
}

/** Writes lines as short as Python allows: a level of indentation is one blank. */
export function writeLines(lines: readonly PythonLine[]): string {
  const levels = [''];
  let text = '';
  for (const line of joinImports(lines)) {
    while (levels.length > 1 && !line.indent.startsWith(levels.at(-1) ?? '')) levels.pop();
    if (line.indent !== levels.at(-1)) levels.push(line.indent);
    text += `${' '.repeat(levels.length - 1)}${textOf(line)}\n`;
  }
  return text;
}

function logicalLines(source: string): PythonLine[] {
  const lines: PythonLine[] = [];
  let tokens: PythonToken[] = [];
  let indent = '';
  let depth = 0;
  let begins = true;
  const end = (): void => {
    if (tokens.length > 0) lines.push({ indent, tokens: withoutLastCommas(tokens) });
    tokens = [];
    indent = '';
    begins = true;
  };
  for (const token of pythonTokens(source)) {
    if (token.kind === 'newline' && depth === 0) end();
    if (token.kind === 'space' && begins) indent = token.text;
    if (token.kind !== 'newline') begins = false;
    if (token.kind === 'space' || token.kind === 'newline' || token.kind === 'comment') continue;
    if (token.kind === 'other') depth += bracketStep(token);
    tokens.push(token);
  }
  end();
  return lines;
}

/** 1 for a bracket that opens, -1 for one that closes, else 0. */
export function bracketStep({ kind, text }: PythonToken): number {
  if (kind !== 'other') return 0;
  return '([{'.includes(text) ? 1 : ')]}'.includes(text) ? -1 : 0;
}

/** Makes one line of several that import modules. */
function joinImports(lines: readonly PythonLine[]): PythonLine[] {
  const joined: PythonLine[] = [];
  for (const line of lines) {
    const before = joined.at(-1);
    const isImport = (each?: PythonLine): boolean => each?.tokens[0]?.text === 'import';
    if (before && before.indent === line.indent && isImport(before) && isImport(line)) {
      const comma: PythonToken = { kind: 'other', text: ',' };
      joined[joined.length - 1] = { ...before, tokens: [...before.tokens, comma, ...line.tokens.slice(1)] };
    } else {
      joined.push(line);
    }
  }
  return joined;
}

/** Leaves out a comma before the end of a list or call, and of a tuple that has another one. */
function withoutLastCommas(tokens: readonly PythonToken[]): PythonToken[] {
  const open: { isTuple: boolean; commas: number }[] = [];
  return tokens.filter((token, at) => {
    const step = bracketStep(token);
    if (step < 0) open.pop();
    if (step > 0) open.push({ isTuple: token.text === '(' && !isCalled(tokens[at - 1]), commas: 0 });
    const around = open.at(-1);
    const next = tokens[at + 1];
    if (token.text !== ',' || !around || !next) return true;
    if (bracketStep(next) < 0) return around.isTuple && around.commas === 0;
    around.commas++;
    return true;
  });
}

/** Whether a bracket behind it is that of a call or a definition. */
function isCalled(before: PythonToken | undefined): boolean {
  return before?.kind === 'word' ? !keywords.has(before.text) : [')', ']'].includes(before?.text ?? '');
}

/** Blanks stay only between two tokens that would be one without them. */
function textOf({ tokens }: PythonLine): string {
  let text = '';
  let before: PythonToken | undefined;
  for (const token of tokens) {
    const isWord = (each: PythonToken | undefined): boolean =>
      each?.kind === 'word' || each?.kind === 'string';
    if (isWord(before) && isWord(token)) text += ' ';
    text += token.text;
    before = token;
  }
  return text;
}
