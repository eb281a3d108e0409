// node scripts/docs/check-dependencies.mjs: docs/dependencies.md names every runtime dependency, who uses it, and nothing else.
import { readdir, readFile } from 'node:fs/promises';
import { dependencyProblems, namedDependencies } from './dependency-rules.mjs';

const manifests = [];
for (const parent of ['packages', 'apps']) {
  for (const name of await readdir(parent)) {
    const manifest = JSON.parse(await readFile(`${parent}/${name}/package.json`, 'utf8'));
    if (!manifest.private) manifests.push(manifest);
  }
}
const problems = dependencyProblems(
  namedDependencies(await readFile('docs/dependencies.md', 'utf8')),
  manifests,
);
for (const problem of problems) console.error(`docs/dependencies.md: ${problem}`);
if (problems.length === 0) console.log(`docs/dependencies.md: holds for ${manifests.length} packages`);
process.exitCode = problems.length > 0 ? 1 : 0;
