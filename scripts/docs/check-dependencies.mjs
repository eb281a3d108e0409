// node scripts/docs/check-dependencies.mjs: docs/dependencies.md names every dependency, at runtime who uses it, and nothing else.
import { readdir, readFile } from 'node:fs/promises';
import {
  dependencyProblems,
  developmentProblems,
  namedDependencies,
  namedDevelopment,
} from './dependency-rules.mjs';

const folders = ['.', 'benchmarks', 'examples', 'scripts/rehearse'];
for (const parent of ['packages', 'apps']) {
  for (const name of await readdir(parent)) folders.push(`${parent}/${name}`);
}
const manifests = [];
for (const folder of folders) manifests.push(JSON.parse(await readFile(`${folder}/package.json`, 'utf8')));
const page = await readFile('docs/dependencies.md', 'utf8');
const runtime = namedDependencies(page);
const published = manifests.filter((manifest) => !manifest.private);
const problems = [
  ...dependencyProblems(runtime, published),
  ...developmentProblems(namedDevelopment(page), manifests, runtime),
];
for (const problem of problems) console.error(`docs/dependencies.md: ${problem}`);
if (problems.length === 0) {
  console.log(
    `docs/dependencies.md: holds for ${published.length} packages and ${manifests.length - published.length} folders`,
  );
}
process.exitCode = problems.length > 0 ? 1 : 0;
