// node scripts/publish/check-package.mjs NAME: is what lies in .publish/NAME fit for the registry? Ends non-zero with
// everything that is wrong.
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { contentProblems, manifestProblems } from './package-rules.mjs';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.publish', process.argv[2]);
const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));

const files = [];
for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = join(entry.parentPath, entry.name);
  files.push({ path: file.slice(folder.length + 1).replaceAll('\\', '/'), bytes: (await stat(file)).size });
}

async function publintProblems() {
  const { messages } = await publint({ pkgDir: folder, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, manifest)}`);
}

/** Are the types found, and the right ones, by every kind of import? Without CommonJS of our own: `esm-only`. */
async function typeProblems() {
  const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const words = [attw, '--pack', folder, '--profile', 'esm-only', '--no-color', '--no-emoji'];
  try {
    await promisify(execFile)(process.execPath, words, { cwd: root });
    return [];
  } catch (error) {
    return [`attw: ${error.stdout || error.message}`];
  }
}

const problems = [
  ...manifestProblems(manifest),
  ...contentProblems(manifest.name, files),
  ...(await publintProblems()),
  ...(await typeProblems()),
];
const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
console.log(`${manifest.name} ${manifest.version}: ${files.length} files, ${Math.round(bytes / 1000)} kB`);
for (const problem of problems) console.error(`  ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
