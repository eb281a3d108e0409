import { FirmwareError } from './errors.ts';

/** What can be written as a Python literal. */
export type PythonValue =
  string | number | boolean | null | readonly PythonValue[] | { readonly [key: string]: PythonValue };

/**
 * Writes a value as Python, in ASCII, so that neither an editor nor a serial line can change it.
 *
 * @throws FirmwareError with code `NOT_A_LITERAL` for numbers that Python has no digits for, and for half characters.
 */
export function pythonLiteral(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return pythonString(value);
  if (typeof value === 'number') return pythonNumber(value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  const members = Object.entries(value).map(
    ([key, member]) => `${pythonString(key)}: ${pythonLiteral(member)}`,
  );
  return `{${members.join(', ')}}`;
}

// Array.isArray does not narrow a readonly array.
function isList(
  value: readonly PythonValue[] | { readonly [key: string]: PythonValue },
): value is readonly PythonValue[] {
  return Array.isArray(value);
}

function pythonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new FirmwareError('NOT_A_LITERAL', `${value} is not a number in Python`);
  return String(value);
}

function pythonString(value: string): string {
  if (/\p{Surrogate}/u.test(value)) {
    throw new FirmwareError('NOT_A_LITERAL', 'a text holds half of a UTF-16 pair, which Python cannot hold');
  }
  return `'${Array.from(value, escaped).join('')}'`;
}

function escaped(char: string): string {
  if (char === "'" || char === '\\') return `\\${char}`;
  if (char === '\n') return '\\n';
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return char;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
