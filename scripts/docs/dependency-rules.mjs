// What docs/dependencies.md says of dependencies, against what package.json files say.

/** The first table's rows: library → the packages that use it, and the reason. */
export function namedDependencies(markdown) {
  const named = new Map();
  const [, table = ''] = /(\| library [\s\S]*?)\n\n/.exec(markdown) ?? [];
  for (const row of table.split('\n').slice(2)) {
    const [, libraries = '', users = '', reason = ''] = row.split('|').map((cell) => cell.trim());
    for (const [, library] of libraries.matchAll(/`([^`]+)`/g)) {
      named.set(library, {
        users: users
          .replace(/\(.*?\)/g, '')
          .split(/\s*,\s*/)
          .map((user) => user.trim()),
        reason,
      });
    }
  }
  return named;
}

/** What is missing in the table, and what is there without need. */
export function dependencyProblems(named, manifests) {
  const used = new Map();
  for (const { name, dependencies, peerDependencies } of manifests) {
    for (const library of Object.keys({ ...dependencies, ...peerDependencies })) {
      if (!library.startsWith('@ota/'))
        used.set(library, [...(used.get(library) ?? []), name.replace('@ota/', '')]);
    }
  }
  const problems = [];
  for (const [library, users] of used) {
    const row = named.get(library);
    if (!row) problems.push(`\`${library}\` is missing (${users.join(', ')})`);
    else if (row.reason === '') problems.push(`\`${library}\` has no reason`);
    else if (row.users.toSorted().join() !== users.toSorted().join()) {
      problems.push(`\`${library}\` is used by ${users.join(', ')}, not by ${row.users.join(', ')}`);
    }
  }
  for (const library of named.keys())
    if (!used.has(library)) problems.push(`\`${library}\` is used by nobody`);
  return problems;
}

/** The second table's rows: library → the reason. */
export function namedDevelopment(markdown) {
  const [, table = ''] = /(\| development library [\s\S]*?)\n\n/.exec(markdown) ?? [];
  const named = new Map();
  for (const row of table.split('\n').slice(2)) {
    const [, libraries = '', reason = ''] = row.split('|').map((cell) => cell.trim());
    for (const [, library] of libraries.matchAll(/`([^`]+)`/g)) named.set(library, reason);
  }
  return named;
}

/**
 * What is missing in that table, and what is there without need.
 *
 * @param manifests of all that is not published as a whole: the development dependencies of each package, and all of private ones.
 * @param runtime the first table, which need not be said again.
 */
export function developmentProblems(named, manifests, runtime) {
  const used = new Set();
  for (const manifest of manifests) {
    const { devDependencies, dependencies } = manifest;
    for (const library of Object.keys({ ...devDependencies, ...(manifest.private && dependencies) })) {
      if (!library.startsWith('@ota/')) used.add(library);
    }
  }
  const missing = [...used].filter((library) => !runtime.has(library) && !named.get(library));
  const unused = [...named.keys()].filter((library) => !used.has(library));
  return [
    ...missing.map((library) => `\`${library}\` is missing, or has no reason (development)`),
    ...unused.map((library) => `\`${library}\` is used by nobody (development)`),
  ];
}
