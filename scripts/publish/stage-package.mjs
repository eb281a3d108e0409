// node scripts/publish/stage-package.mjs PACKAGE: lays out in .publish/ what goes to the registry, and nothing else.
// The files are those that npm itself would pack, less the declarations of what nobody can import and the comments in JavaScript; package.json
// loses what only this workspace uses, and says where the project lives. The tree is not touched. See docs/decisions/0004-packages-are-staged.md.
import { execFileSync } from 'node:child_process';
import { cp, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { reachableDeclarations } from './declarations.mjs';
import { npm } from './npm.mjs';
import { publishedManifest, repositoryUrl } from './manifest.mjs';
import { stripComments } from './strip-comments.mjs';

const root = resolve(import.meta.dirname, '../..');
const source = resolve(process.argv[2] ?? '.');
const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
const target = join(root, '.publish', manifest.nx.name);

const remote = () => {
  try {
    return execFileSync('git', ['remote', 'get-url', 'origin'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch {
    return ''; // no repository, or one without a remote
  }
};
const url = repositoryUrl(process.env, remote());
if (url === undefined && process.env.NPM_CONFIG_PROVENANCE === 'true') {
  throw new Error(
    'Provenance names the repository, and none is known: publish where GITHUB_REPOSITORY is set, or from a clone whose origin is an https or ssh URL.',
  );
}

const [{ files }] = JSON.parse(
  await npm(['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: source }),
);
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const reachable = await reachableDeclarations(manifest.exports, (path) =>
  readFile(join(source, path), 'utf8'),
);
for (const { path } of files) {
  if (path.endsWith('.d.ts') && !reachable.has(path)) continue;
  const copy = join(target, path);
  await cp(join(source, path), copy); // with its mode: a program stays one
  if (path.endsWith('.js')) await writeFile(copy, stripComments(await readFile(copy, 'utf8')));
}
await copyFile(join(root, 'LICENSE'), join(target, 'LICENSE'));
const directory = relative(root, source).replaceAll('\\', '/');
const published = publishedManifest(manifest, url === undefined ? undefined : { url, directory });
await writeFile(join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
