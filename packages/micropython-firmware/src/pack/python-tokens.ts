/** A piece of Python source. Together the pieces are the source. */
export interface PythonToken {
  readonly kind: 'word' | 'string' | 'comment' | 'space' | 'newline' | 'other';
  readonly text: string;
}

/** Words that Python keeps for itself. */
export const keywords: ReadonlySet<string> = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if import in
  is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);

const patterns: readonly [PythonToken['kind'], RegExp][] = [
  ['newline', /\n/y],
  ['space', /(?:[ \t\f]|\\\n)+/y],
  ['comment', /#[^\n]*/y],
  // A prefix belongs to the string. In a raw string, too, a backslash keeps the quote after it from ending it.
  ['string', /[rRbBuUfF]{0,2}(?:"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?''')/y],
  ['string', /[rRbBuUfF]{0,2}(?:"(?:\\[^]|[^\\"\n])*"|'(?:\\[^]|[^\\'\n])*')/y],
  ['word', /[\p{L}\p{N}_]+/uy],
  ['other', /(?:\*\*|\/\/|<<|>>|[-+*/%&|^@<>=!])=|\*\*|[^]/y],
];

/** Splits Python into tokens: enough of Python's lexer to tell names from what is in strings and comments. */
export function pythonTokens(source: string): PythonToken[] {
  const tokens: PythonToken[] = [];
  for (let at = 0; at < source.length;) {
    const token = next(source, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function next(source: string, at: number): PythonToken {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined) return { kind, text };
  }
  throw new RangeError(`nothing is left to read at ${at}`);
}
