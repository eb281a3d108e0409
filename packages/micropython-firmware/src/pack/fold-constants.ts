import type { PythonLine } from './python-lines.ts';
import type { PythonToken } from './python-tokens.ts';

/**
 * Puts numbers in the place of constants (`NAME = const(…)` at the margin), as MicroPython's compiler does anyway. Private
 * ones (`_NAME`) need no definition then, and nobody needs the import of `const`.
 */
export function foldConstants(lines: readonly PythonLine[]): PythonLine[] {
  const values = new Map<string, PythonToken>();
  const kept: PythonLine[] = [];
  for (const line of lines) {
    const text = line.indent + line.tokens.map((token) => token.text).join(' ');
    if (text === 'from micropython import const') continue;
    const [, name] = /^(\w+) = const \( \w+ \)$/.exec(text) ?? [];
    const value = line.tokens.at(-2);
    if (name === undefined || !value) {
      kept.push(line);
      continue;
    }
    values.set(name, value);
    if (!name.startsWith('_')) kept.push({ indent: '', tokens: [...line.tokens.slice(0, 2), value] });
  }
  return kept.map(({ indent, tokens }) => ({
    indent,
    tokens: tokens.map((token, index) => {
      const isDefinition = index === 0 && indent === '' && tokens.length === 3;
      const isAttribute = tokens[index - 1]?.text === '.';
      return isDefinition || isAttribute ? token : (values.get(token.text) ?? token);
    }),
  }));
}
