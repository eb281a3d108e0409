import { foldConstants, type PythonLine } from './fold-constants.ts';
import { pythonTokens, type PythonToken } from './python-tokens.ts';

/**
 * Makes Python smaller that goes on a node: comments, docstrings and empty lines go, a level of indentation becomes one
 * blank, lines in brackets are joined, and private constants become their numbers. MicroPython compiles both forms to the
 * same code; only the line numbers of tracebacks differ.
 */
export function packPython(source: string): string {
  const lines = foldConstants(logicalLines(source));
  const levels = [''];
  let packed = '';
  for (const [index, line] of lines.entries()) {
    while (levels.length > 1 && !line.indent.startsWith(levels.at(-1) ?? '')) levels.pop();
    if (line.indent !== levels.at(-1)) levels.push(line.indent);
    let text = textOf(line);
    if (line.tokens.every(({ kind }) => kind === 'string')) {
      // A docstring, or another statement that does nothing: it is needed only as the one thing in a block.
      const opens = lines[index - 1]?.tokens.at(-1)?.text === ':';
      const follows = (lines[index + 1]?.indent.length ?? 0) >= line.indent.length;
      if (!opens || follows) continue;
      text = 'pass';
    }
    packed += `${' '.repeat(levels.length - 1)}${text}\n`;
  }
  return packed;
}

function logicalLines(source: string): PythonLine[] {
  const lines: PythonLine[] = [];
  let tokens: PythonToken[] = [];
  let depth = 0;
  const end = (): void => {
    const [first] = tokens;
    const indent = first?.kind === 'space' ? first.text : '';
    const rest = trimmed(first?.kind === 'space' ? tokens.slice(1) : tokens);
    if (rest.length > 0) lines.push({ indent, tokens: rest });
    tokens = [];
  };
  for (const token of pythonTokens(source)) {
    if (token.kind === 'comment') continue;
    if (token.kind === 'other' && '([{'.includes(token.text)) depth++;
    if (token.kind === 'other' && ')]}'.includes(token.text)) depth--;
    if (token.kind !== 'newline') tokens.push(token);
    else if (depth === 0) end();
    else tokens.push({ kind: 'space', text: ' ' });
  }
  end();
  return lines;
}

function trimmed(tokens: readonly PythonToken[]): PythonToken[] {
  const last = tokens.findLastIndex(({ kind }) => kind !== 'space');
  return tokens.slice(0, last + 1);
}

/** Blanks stay only between two tokens that would be one without them. */
function textOf({ tokens }: PythonLine): string {
  let text = '';
  let before: PythonToken | undefined;
  for (const token of tokens) {
    if (token.kind === 'space') continue;
    const isWord = (each: PythonToken | undefined): boolean =>
      each?.kind === 'word' || each?.kind === 'string';
    if (isWord(before) && isWord(token)) text += ' ';
    text += token.text;
    before = token;
  }
  return text;
}
