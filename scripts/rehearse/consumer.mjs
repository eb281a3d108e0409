// What somebody does who has never seen this repository: install one package into an empty directory and try its README.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm } from '../publish/npm.mjs';
import { run } from './run.mjs';

/**
 * Installs `name` alone into `folder` and loads all its entries both ways.
 *
 * @param lender a folder with `node_modules`, from which an optional peer is lent that an entry needs.
 * @returns the row of the report.
 */
export async function install(name, folder, env, lender) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const started = performance.now();
  await npm(['install', name], { cwd: folder, env: { ...process.env, ...env } });
  const seconds = (performance.now() - started) / 1000;
  return describe(name, folder, seconds, lender);
}

/** Packages whose install script is known, and told in docs/dependencies.md. */
const withInstallScript = ['@serialport/bindings-cpp'];

/**
 * Loads every entry of what was installed, as ECMAScript module and by `require`, and weighs it.
 *
 * @throws Error for an entry that does not load, and for a package below it that wants to run a script when it is installed.
 */
export async function describe(name, folder, seconds, lender) {
  const installed = join(folder, 'node_modules', name);
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const { bytes, files } = await weigh(installed);
  const below = (await packagesIn(folder)).filter((found) => found.name !== name);
  const scripted = below.filter(
    ({ scripts }) => scripts?.preinstall ?? scripts?.install ?? scripts?.postinstall,
  );
  const strangers = scripted.map((found) => found.name).filter((found) => !withInstallScript.includes(found));
  if (strangers.length > 0) throw new Error(`${name} brings install scripts: ${strangers.join(', ')}`);
  for (const entry of entriesOf(manifest)) await load(entry, manifest, folder, lender);
  return {
    package: `${name}@${manifest.version}`,
    kB: Math.round(bytes / 1000),
    files,
    dependencies: Object.keys(manifest.dependencies ?? {}).length,
    'all below': below.length,
    'install scripts': scripted.length,
    'install s': Number(seconds.toFixed(1)),
  };
}

/** Every name under which a program may import the package; data, such as JSON, is none. */
const entriesOf = ({ name, exports }) =>
  Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([path]) => `${name}${path.slice(1)}`);

async function load(entry, manifest, folder, lender) {
  // Optional peers are their users' own, here as with them: who imports @ota/testbed/vitest has Vitest.
  const peers = entry === manifest.name || !lender ? [] : Object.keys(manifest.peerDependencies ?? {});
  for (const peer of peers) {
    const path = join(folder, 'node_modules', peer);
    if (!existsSync(path)) await symlink(join(lender, 'node_modules', peer), path, 'junction');
  }
  const loads = (expression) =>
    `const m = ${expression}; if (Object.keys(m).length === 0) throw new Error("no exports")`;
  for (const [type, code] of [
    ['module', loads(`await import("${entry}")`)],
    ['commonjs', loads(`require("${entry}")`)],
  ]) {
    await run(process.execPath, [`--input-type=${type}`, '--eval', code], { cwd: folder });
  }
}

/** The package.json of every package that is installed in `folder`, at any depth. */
async function packagesIn(folder) {
  const found = [];
  const modules = join(folder, 'node_modules');
  for (const name of existsSync(modules) ? await readdir(modules) : []) {
    if (name.startsWith('.')) continue;
    const names = name.startsWith('@')
      ? (await readdir(join(modules, name))).map((part) => join(name, part))
      : [name];
    for (const path of names.map((part) => join(modules, part))) {
      found.push(JSON.parse(await readFile(join(path, 'package.json'), 'utf8')), ...(await packagesIn(path)));
    }
  }
  return found;
}

async function weigh(folder) {
  let bytes = 0;
  let files = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.slice(folder.length).includes('node_modules')) continue;
    bytes += (await stat(path)).size;
    files++;
  }
  return { bytes, files };
}

/** Writes the first program of the installed README into `folder`, as TypeScript. */
export async function writeExample(name, folder) {
  const readme = await readFile(join(folder, 'node_modules', name, 'README.md'), 'utf8');
  const example = /```[jt]s\n([\s\S]*?)```/.exec(readme)?.[1];
  if (example === undefined) throw new Error(`${name}: the README has no program`);
  await writeFile(join(folder, 'example.mts'), example);
}

/**
 * Compiles the programs in `folders` under `strict`, each to example.mjs beside it, with the types of all that npm
 * installed there. Compiler and Node's own types are the checkout's.
 */
export async function compileExamples(folders, parent, root) {
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    noEmitOnError: true,
  };
  const files = folders.map((folder) => join(folder, 'example.mts'));
  await writeFile(join(parent, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', parent], {
    cwd: parent,
  });
}
