import { bundleModules } from './bundle-modules.ts';
import { foldConstants } from './fold-constants.ts';
import { inlineConstants } from './inline-constants.ts';
import { nameRoles, type NamedLine } from './name-roles.ts';
import { readLines, writeLines } from './python-lines.ts';
import { shortName, shortNames, withShortNames, type ShortNames } from './short-names.ts';

/**
 * Makes Python smaller that goes on a node: comments, docstrings and empty lines go, a level of indentation becomes one
 * blank, lines in brackets are joined, and private constants become their numbers. MicroPython compiles both forms to the
 * same code; only the line numbers of tracebacks differ.
 */
export function packPython(source: string): string {
  return writeLines(foldConstants(readLines(source)));
}

/**
 * Packs the modules of the package together: the same as {@link packPython}, and short names.
 *
 * @param sources the source of each module by its name
 */
export function packModules(sources: ReadonlyMap<string, string>): Map<string, string> {
  const modules = readModules(sources);
  const names = shortNames(modules);
  return new Map([...modules].map(([name, lines]) => [name, writeLines(withShortNames(name, lines, names))]));
}

/** Has code that is not of the package, such as a test's, use the names that the packed modules have. */
export function packAlong(sources: ReadonlyMap<string, string>): (code: string) => string {
  const names: ShortNames = {
    ...shortNames(readModules(sources)),
    local: (_module, _scope, name) => name,
  };
  return (code) => writeLines(withShortNames('', nameRoles(readLines(code)), names));
}

/**
 * Packs the modules of the package into one that does the same as importing `ota.node`. It is to be compiled: as source it is
 * too long for a node.
 *
 * @param frequent of how many names it says at its beginning that they are frequent.
 */
export function packBundle(sources: ReadonlyMap<string, string>, frequent: number): string {
  const lines = inlineConstants(bundleModules(readModules(sources), { packageName: 'ota', entry: 'node' }));
  const names = shortNames(new Map([['node', lines]]));
  return frequentFirst(lines, names, frequent) + writeLines(withShortNames('node', lines, names));
}

/**
 * A statement that does nothing but name what stands in the module most often: a compiled module numbers its names as they
 * come, and the first 128 take one byte in its code, the others two.
 */
function frequentFirst(lines: readonly NamedLine[], names: ShortNames, frequent: number): string {
  const uses = new Map<string, number>();
  for (const { tokens, scope } of lines) {
    for (const { token, role, binds } of tokens) {
      const isParameter = role === 'local' && binds && tokens[0]?.token.text === 'def';
      if (token.kind !== 'word' || role === 'none' || (role === 'local' && !isParameter)) continue;
      const name = shortName({ token, role, binds }, { module: 'node', scope }, names);
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  const most = [...uses].sort(([, one], [, other]) => other - one).slice(0, frequent);
  return `dict(${most.map(([name]) => `${name}=0`).join(',')})\n`;
}

function readModules(sources: ReadonlyMap<string, string>): Map<string, NamedLine[]> {
  return new Map([...sources].map(([name, source]) => [name, nameRoles(foldConstants(readLines(source)))]));
}
