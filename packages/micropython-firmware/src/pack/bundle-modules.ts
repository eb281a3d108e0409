import type { NamedLine, NamedToken } from './name-roles.ts';

/** What a module imports from its own package. */
interface Imports {
  /** Other modules that it names. */
  readonly modules: ReadonlySet<string>;
  /** Names of other modules, each as `module.name`. */
  readonly names: ReadonlyMap<string, string>;
}

/** The package's own module. */
const root = '__init__';

/**
 * Puts the modules of a package into one, each behind those that it imports. A name of a module becomes `module.name`, so
 * that each means one thing (short names take its place later); what the module `entry` defines keeps its own.
 *
 * @throws RangeError if modules import each other in a circle.
 */
export function bundleModules(
  modules: ReadonlyMap<string, readonly NamedLine[]>,
  { packageName, entry }: { packageName: string; entry: string },
): NamedLine[] {
  const isModule = (name: string): boolean => modules.has(name);
  const imports = new Map(
    [...modules].map(([name, lines]) => [name, importsOf(lines, packageName, isModule)]),
  );
  const libraries = new Map<string, NamedLine>();
  const bundled: NamedLine[] = [];
  for (const name of inOrder(entry, imports)) {
    const lines = modules.get(name) ?? [];
    const found = imports.get(name) ?? { modules: new Set<string>(), names: new Map<string, string>() };
    const own = new Set(lines.flatMap(definedAtMargin));
    const rename = (text: string): string => {
      if (!own.has(text)) return found.names.get(text) ?? text;
      return name === entry ? text : qualified(name, text);
    };
    const first = 1 + Math.max(-1, ...bundled.map(({ scope }) => scope ?? -1));
    for (const line of lines) {
      if (line.indent !== '' || !isImport(line)) {
        const scope = line.scope === undefined ? undefined : first + line.scope;
        bundled.push({ indent: line.indent, scope, tokens: resolved(line.tokens, found.modules, rename) });
      } else if (!isOwnImport(line, packageName)) {
        const tokens = resolved(line.tokens, new Set(), rename);
        libraries.set(tokens.map(({ token }) => token.text).join(' '), { ...line, tokens });
      }
    }
  }
  return [...libraries.values(), ...bundled];
}

/** `.name` for what the package itself defines. */
function qualified(module: string, name: string): string {
  return `${module === root ? '' : module}.${name}`;
}

function resolved(
  tokens: readonly NamedToken[],
  modules: ReadonlySet<string>,
  rename: (text: string) => string,
): NamedToken[] {
  const result: NamedToken[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const each = tokens[at];
    if (!each) break;
    const member = tokens[at + 2];
    const namesModule = each.role === 'global' && modules.has(each.token.text);
    if (namesModule && member && tokens[at + 1]?.token.text === '.') {
      const text = `${each.token.text}.${member.token.text}`;
      result.push({ token: { kind: 'word', text }, role: 'global', binds: false });
      at += 2;
    } else {
      const isGlobal = each.role === 'global';
      result.push(isGlobal ? { ...each, token: { ...each.token, text: rename(each.token.text) } } : each);
    }
  }
  return result;
}

function importsOf(
  lines: readonly NamedLine[],
  packageName: string,
  isModule: (name: string) => boolean,
): Imports {
  const modules = new Set<string>();
  const names = new Map<string, string>();
  for (const line of lines) {
    if (line.indent !== '' || !isOwnImport(line, packageName)) continue;
    const words = line.tokens.flatMap(({ token }) => (token.kind === 'word' ? [token.text] : []));
    const middle = words.indexOf('import');
    const from = middle === 3 ? (words[2] ?? root) : root;
    for (const name of words.slice(middle + 1)) {
      if (from === root && isModule(name)) modules.add(name);
      else names.set(name, qualified(from, name));
    }
  }
  return { modules, names };
}

/** Names that a line defines for the whole module. */
function definedAtMargin({ indent, tokens }: NamedLine): string[] {
  if (indent !== '') return [];
  return tokens.flatMap(({ token, role, binds }) => (binds && role === 'global' ? [token.text] : []));
}

function isImport({ tokens }: NamedLine): boolean {
  return ['import', 'from'].includes(tokens[0]?.token.text ?? '');
}

function isOwnImport({ tokens }: NamedLine, packageName: string): boolean {
  return tokens[0]?.token.text === 'from' && tokens[1]?.token.text === packageName;
}

/** The modules that one needs, each behind those that it imports. */
function inOrder(entry: string, imports: ReadonlyMap<string, Imports>): string[] {
  const order: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw new RangeError(`modules import each other: ${[...path, name].join(', ')}`);
    if (order.includes(name)) return;
    const { modules, names } = imports.get(name) ?? { modules: [], names: new Map<string, string>() };
    const owners = [...names.values()].map((each) => each.slice(0, each.indexOf('.')) || root);
    for (const each of [...modules, ...owners]) visit(each, [...path, name]);
    order.push(name);
  };
  visit(entry, []);
  return order;
}
