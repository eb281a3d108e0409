import { bracketStep, type PythonLine } from './python-lines.ts';
import { keywords, type PythonToken } from './python-tokens.ts';

/**
 * What a word names: something of a function (`local`), of a module (`global`), of an object, class or other module
 * (`attribute`), the parameter of a function that is called (`keyword`), or nothing (`none`: Python's own words, numbers).
 */
export type NameRole = 'local' | 'global' | 'attribute' | 'keyword' | 'none';

/** A token with the role of its name. */
export interface NamedToken {
  readonly token: PythonToken;
  readonly role: NameRole;
  /** Whether the name gets its meaning here: a definition, a parameter or an assignment. */
  readonly binds: boolean;
}

/** A logical line with the roles of its names. */
export interface NamedLine {
  readonly indent: string;
  readonly tokens: readonly NamedToken[];
  /** Which function the line is of: the outermost one, counted from 0 in each module. Undefined outside of functions. */
  readonly scope: number | undefined;
}

interface Place {
  readonly scope: number | undefined;
  /** Whether the line stands in the body of a class, outside its methods. */
  readonly inClass: boolean;
  /** Whether the line begins an outermost function, whose name is not one of its own locals. */
  readonly begins: boolean;
}

/**
 * Finds out what each name in a module is. It knows as much of Python as the device files use: an outermost function shares
 * its locals with the functions and comprehensions in it, and there is no `nonlocal` and no `:=`.
 */
export function nameRoles(lines: readonly PythonLine[]): NamedLine[] {
  const places = placesOf(lines);
  const bound = lines.map(({ tokens }) => bindings(tokens));
  const locals = new Map<number, Set<string>>();
  for (const [index, { scope, begins }] of places.entries()) {
    const tokens = lines[index]?.tokens ?? [];
    if (scope === undefined) continue;
    const names = locals.get(scope) ?? new Set();
    locals.set(scope, names);
    for (const at of bound[index] ?? []) {
      if (tokens[at - 1]?.text !== '.' && !(begins && at === 1)) names.add(tokens[at]?.text ?? '');
    }
  }
  for (const [index, { scope }] of places.entries()) {
    const tokens = lines[index]?.tokens ?? [];
    if (scope === undefined || tokens[0]?.text !== 'global') continue;
    for (const { text } of tokens) locals.get(scope)?.delete(text);
  }
  return lines.map(({ indent, tokens }, index) => {
    const place = places[index] ?? { scope: undefined, inClass: false, begins: false };
    const names = (place.scope === undefined ? undefined : locals.get(place.scope)) ?? new Set();
    const binds = bound[index] ?? new Set();
    const line = { ...place, tokens, names, binds, inCall: callDepths(tokens) };
    return {
      indent,
      scope: place.scope,
      tokens: tokens.map((token, at) => ({ token, role: roleOf(line, at), binds: binds.has(at) })),
    };
  });
}

interface Line extends Place {
  readonly tokens: readonly PythonToken[];
  /** The locals of its function. */
  readonly names: ReadonlySet<string>;
  /** The positions at which names get their meaning. */
  readonly binds: ReadonlySet<number>;
  /** For each position whether it is in the brackets of a call. */
  readonly inCall: readonly boolean[];
}

function roleOf({ tokens, names, inClass, begins, binds, inCall }: Line, at: number): NameRole {
  const token = tokens[at];
  if (token?.kind !== 'word' || keywords.has(token.text) || /^\d/.test(token.text)) return 'none';
  if (tokens[at - 1]?.text === '.') return 'attribute';
  if (inCall[at] && tokens[at + 1]?.text === '=' && !binds.has(at)) return 'keyword';
  if (names.has(token.text) && !(begins && at === 1)) return 'local';
  return inClass && binds.has(at) ? 'attribute' : 'global';
}

/** For each line the function it belongs to; the line of an outermost `def` itself belongs to what it defines. */
function placesOf(lines: readonly PythonLine[]): Place[] {
  const open: { indent: number; kind: string; scope: number | undefined }[] = [];
  let count = 0;
  return lines.map(({ indent, tokens }) => {
    while (open.length > 0 && indent.length <= (open.at(-1)?.indent ?? 0)) open.pop();
    const around = open.at(-1);
    const kind = tokens[0]?.text ?? '';
    const begins = kind === 'def' && around?.scope === undefined;
    const scope = begins ? count++ : around?.scope;
    if (kind === 'def' || kind === 'class') open.push({ indent: indent.length, kind, scope });
    return { scope, inClass: around?.kind === 'class', begins };
  });
}

/** For each token whether it stands in the brackets of a call, and not of a definition. */
function callDepths(tokens: readonly PythonToken[]): boolean[] {
  const brackets: boolean[] = [];
  return tokens.map((token, at) => {
    const step = bracketStep(token);
    if (step < 0) brackets.pop();
    const inCall = brackets.at(-1) ?? false;
    if (step > 0) brackets.push(token.text === '(' && !(tokens[0]?.text === 'def' && at === 2));
    return inCall;
  });
}

/** Where in a line names get their meaning, as positions. */
function bindings(tokens: readonly PythonToken[]): Set<number> {
  const found = new Set<number>();
  const first = tokens[0]?.text;
  const isWord = (at: number): boolean => tokens[at]?.kind === 'word';
  if (first === 'def' || first === 'class') found.add(1);
  if (first === 'global') return found;
  let depth = 0;
  let start = 0;
  for (const [at, token] of tokens.entries()) {
    depth += bracketStep(token);
    const before = tokens[at - 1]?.text ?? '';
    if (first === 'def' && depth === 1 && ['(', ',', '*', '**'].includes(before) && isWord(at)) found.add(at);
    if (token.text === 'lambda') for (const each of parameters(tokens, at + 1)) found.add(each);
    if (token.text === 'for') for (const each of targets(tokens, at + 1, 'in')) found.add(each);
    if (before === 'as' && isWord(at)) found.add(at);
    const isAssignment = token.kind === 'other' && /^(?:[^=!<>]|<<|>>|\/\/|\*\*)?=$/.test(token.text);
    if (isAssignment && depth === 0 && first !== 'def') {
      for (const each of targets(tokens, start, token.text)) found.add(each);
      start = at + 1;
    }
  }
  return found;
}

function parameters(tokens: readonly PythonToken[], start: number): number[] {
  const found: number[] = [];
  for (let at = start; tokens[at] !== undefined && tokens[at]?.text !== ':'; at++) {
    if (tokens[at]?.kind === 'word') found.push(at);
  }
  return found;
}

/** The names and attributes that are assigned between a position and a word; not the names of objects and indexes. */
function targets(tokens: readonly PythonToken[], start: number, end: string): number[] {
  const found: number[] = [];
  let subscripts = 0;
  for (let at = start; tokens[at] !== undefined && tokens[at]?.text !== end; at++) {
    const text = tokens[at]?.text ?? '';
    if (text === '[') subscripts++;
    if (text === ']') subscripts--;
    const leads = ['.', '[', '('].includes(tokens[at + 1]?.text ?? '');
    if (tokens[at]?.kind === 'word' && subscripts === 0 && !leads) found.push(at);
  }
  return found;
}
