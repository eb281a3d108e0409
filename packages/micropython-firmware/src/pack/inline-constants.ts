import type { NamedLine } from './name-roles.ts';
import type { PythonToken } from './python-tokens.ts';

/**
 * Puts the value in the place of each name of a module that stands for one text or number for good. Loading either takes as
 * many bytes in compiled code, and the definition goes.
 */
export function inlineConstants(lines: readonly NamedLine[]): NamedLine[] {
  const values = new Map(lines.flatMap(constantOf));
  const bound = new Map<string, number>();
  for (const { token, role, binds } of lines.flatMap(({ tokens }) => tokens)) {
    if (binds && role === 'global') bound.set(token.text, (bound.get(token.text) ?? 0) + 1);
  }
  for (const [name, count] of bound) if (count > 1) values.delete(name);
  return lines
    .filter((line) => !constantOf(line).some(([name]) => values.has(name)))
    .map((line) => ({
      ...line,
      tokens: line.tokens.map((each) => {
        const value = each.role === 'global' ? values.get(each.token.text) : undefined;
        return value ? { token: value, role: 'none', binds: false } : each;
      }),
    }));
}

function constantOf({ indent, tokens }: NamedLine): [name: string, value: PythonToken][] {
  const [name, equals, value] = tokens;
  const isConstant =
    indent === '' && tokens.length === 3 && name?.binds === true && equals?.token.text === '=';
  if (!isConstant || !value) return [];
  return value.token.kind === 'string' || /^\d/.test(value.token.text)
    ? [[name.token.text, value.token]]
    : [];
}
