// node scripts/long-run.mjs PACKAGE NAME [ARGUMENT...]: compiles the long runs of a package's test/ (tsconfig.long.json) and
// starts test/NAME/main.js, beside the files for the node.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [name, run, ...words] = process.argv.slice(2);
if (name === undefined || run === undefined) {
  console.error('usage: node scripts/long-run.mjs PACKAGE NAME [ARGUMENT...]');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const project = join(root, 'packages', name);
// Each run has a folder of its own: two may go on at once.
const out = join(project, 'out-tsc', run);

function node(...argv) {
  const { status, error } = spawnSync(process.execPath, argv, { cwd: project, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(out, { recursive: true, force: true });
node(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.long.json', '--outDir', out);
cpSync(join(project, 'device'), join(out, 'device'), { recursive: true });
node(join(out, 'test', run, 'main.js'), ...words);
