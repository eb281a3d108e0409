// What every published package has to be, beyond what publint and attw look at. Pure functions: lists of problems.

const maximumBytes = 300_000;
/** Packages whose data demands more: name → bytes. Why, their READMEs say. */
const exceptions = new Map();

/** What package.json must say for people to find, trust and import the package. */
export function manifestProblems(manifest) {
  const problems = [];
  for (const field of ['description', 'keywords', 'license', 'engines', 'files', 'sideEffects', 'exports']) {
    const value = manifest[field];
    if (value === undefined || value.length === 0) problems.push(`package.json has no "${field}"`);
  }
  if (manifest.type !== 'module') problems.push('package.json: "type" is not "module"');
  if (manifest.publishConfig?.access !== 'public')
    problems.push('package.json: "publishConfig.access" is not "public"');
  if (JSON.stringify(manifest.exports ?? {}).includes('./src/')) problems.push('"exports" names sources');
  for (const [path, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === 'object' && Object.keys(target)[0] !== 'types') {
      problems.push(`"exports" of "${path}" does not begin with "types"`);
    }
  }
  const repository = manifest.repository;
  if (repository && (!repository.url?.startsWith('git+') || !repository.directory)) {
    problems.push('"repository" needs "url" and "directory"');
  }
  if (/example\.(org|com)/.test(repository?.url ?? '')) problems.push('"repository" is a placeholder');
  const scripts = Object.keys(manifest.scripts ?? {});
  if (scripts.length > 0) problems.push(`scripts are published: ${scripts.join(', ')}`);
  return problems;
}

/** What a package holds: no tests, no build leftovers, and little. */
export function contentProblems(name, files, larger = exceptions) {
  const problems = [];
  const paths = files.map(({ path }) => path);
  for (const wanted of ['LICENSE', 'README.md', 'package.json']) {
    if (!paths.includes(wanted)) problems.push(`${wanted} is missing`);
  }
  const unwanted =
    /(^|\/)(test|tests|__tests__|node_modules)\/|\.(test|spec)\.|\.map$|\.tsbuildinfo$|(?<!\.d)\.ts$/;
  for (const path of paths.filter((path) => unwanted.test(path)))
    problems.push(`${path} does not belong there`);
  if (!paths.some((path) => path.endsWith('.d.ts'))) problems.push('there are no types: was it built?');
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const limit = larger.get(name) ?? maximumBytes;
  if (bytes > limit) problems.push(`${bytes} bytes unpacked; ${limit} are allowed`);
  return problems;
}
