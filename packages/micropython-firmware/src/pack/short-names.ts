import { isKept, keepsParameters } from './kept-names.ts';
import type { NamedLine, NamedToken } from './name-roles.ts';
import type { PythonLine } from './python-lines.ts';
import { keywords } from './python-tokens.ts';

/** The modules of the package by name, with the roles of their names. */
export type NamedModules = ReadonlyMap<string, readonly NamedLine[]>;

/** Finds the short form of a name, or the name itself where it stays. */
export interface ShortNames {
  attribute(name: string): string;
  global(name: string): string;
  /** Of the function that has this number in its module. */
  local(module: string, scope: number, name: string): string;
}

/**
 * Gives every name that only the package itself uses a short one, the shorter the more often it stands there. Names stay that
 * MicroPython or an application knows, and those of parameters that are given by name. Each function has its own short names.
 *
 * Attributes and names of modules share theirs where `modules` are several, because one uses the other's names as attributes.
 */
export function shortNames(modules: NamedModules): ShortNames {
  const all = [...modules.values()].flat().flatMap(({ tokens }) => tokens);
  const isAlone = modules.size === 1;
  const globals = outerNames(isAlone ? all.filter((each) => !isAttribute(each)) : all, modules);
  const inClasses = new Set(
    [...modules.values()]
      .flat()
      .flatMap(globalsOfClasses)
      .map((name) => globals.get(name) ?? name),
  );
  const attributes = isAlone ? outerNames(all.filter(isAttribute), modules, inClasses) : globals;
  const locals = localNames(modules, globals);
  return {
    attribute: (name) => attributes.get(name) ?? name,
    global: (name) => globals.get(name) ?? name,
    local: (module, scope, name) => locals.get(`${module} ${scope}`)?.get(name) ?? name,
  };
}

/** Writes lines with the short names in the place of their own. */
export function withShortNames(module: string, lines: readonly NamedLine[], names: ShortNames): PythonLine[] {
  return lines.map(({ indent, tokens, scope }) => ({
    indent,
    tokens: tokens.map((each) => ({ ...each.token, text: shortName(each, { module, scope }, names) })),
  }));
}

/** The text of a token, with the short name in the place of its own. */
export function shortName(
  { token, role }: NamedToken,
  { module, scope }: { module: string; scope: number | undefined },
  names: ShortNames,
): string {
  if (role === 'attribute') return names.attribute(token.text);
  if (role === 'global') return names.global(token.text);
  return role === 'local' && scope !== undefined ? names.local(module, scope, token.text) : token.text;
}

function outerNames(
  tokens: readonly NamedToken[],
  modules: NamedModules,
  taken: ReadonlySet<string> = new Set(),
): Map<string, string> {
  const words = tokens.filter(({ token, role }) => token.kind === 'word' && role !== 'local');
  const defined = new Set(
    words
      .filter(({ role, binds }) => binds && role !== 'keyword')
      .map(({ token }) => token.text)
      .filter((name) => !modules.has(name) && !isKept(name)),
  );
  const isRenamed = ({ token, role }: NamedToken): boolean => role !== 'keyword' && defined.has(token.text);
  const others = words.filter((each) => !isRenamed(each));
  return shorten(words.filter(isRenamed), new Set([...taken, ...others.map(({ token }) => token.text)]));
}

/** Names of the module that the body of a class uses, where a member of the class with the same name would hide them. */
function globalsOfClasses({ indent, tokens, scope }: NamedLine): string[] {
  const isBody = indent !== '' && (scope === undefined || tokens[0]?.token.text === 'def');
  return isBody ? tokens.flatMap(({ token, role }) => (role === 'global' ? [token.text] : [])) : [];
}

function isAttribute({ role }: NamedToken): boolean {
  return role === 'attribute';
}

/** Each function's locals: none may have the name of anything else that the function uses. */
function localNames(
  modules: NamedModules,
  globals: ReadonlyMap<string, string>,
): Map<string, Map<string, string>> {
  const all = [...modules].flatMap(([module, lines]) => lines.map((line) => ({ module, ...line })));
  const functions = grouped(
    all.filter(({ scope }) => scope !== undefined),
    ({ module, scope }) => `${module} ${scope}`,
  );
  const given = new Set(
    all.flatMap(({ tokens }) =>
      tokens.filter(({ role }) => role === 'keyword').map(({ token }) => token.text),
    ),
  );
  return new Map(
    [...functions].map(([key, lines]) => {
      if (keepsParameters(lines[0]?.tokens[1]?.token.text ?? '')) return [key, new Map<string, string>()];
      const tokens = lines.flatMap((line) => line.tokens).filter(({ token }) => token.kind === 'word');
      const isOwn = ({ role, token }: NamedToken): boolean => role === 'local' && !given.has(token.text);
      const others = tokens.filter((each) => !isOwn(each) && each.role !== 'attribute');
      return [
        key,
        shorten(
          tokens.filter(isOwn),
          new Set(others.map(({ token }) => globals.get(token.text) ?? token.text)),
        ),
      ];
    }),
  );
}

/** Shortest names first to what saves most by it. */
function shorten(tokens: readonly NamedToken[], taken: ReadonlySet<string>): Map<string, string> {
  const uses = grouped(tokens, ({ token }) => token.text);
  const names = [...uses].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  const free = candidates();
  const short = new Map<string, string>();
  for (const [name] of names) {
    let candidate = free.next().value;
    while (taken.has(candidate) || keywords.has(candidate)) candidate = free.next().value;
    short.set(name, candidate);
  }
  return short;
}

function grouped<Value>(values: readonly Value[], keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(value);
  }
  return groups;
}

function* candidates(): Generator<string, never> {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  yield* letters;
  for (;;) for (const first of letters) for (const second of `${letters}0123456789_`) yield first + second;
}
