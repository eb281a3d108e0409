// npm run shuffle -- [TIMES] [PACKAGE...]: runs the tests of each package TIMES times (default 3), each time in another order of
// files and tests: none may depend on what ran before it. One package at a time; the first failure ends it and names its seed.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders of packages with tests, as the workspace has them. */
export function tested(workspace = root) {
  const parents = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(workspace, parent)).map((name) => join(parent, name)),
  );
  return [...parents, 'examples', 'benchmarks'].filter((folder) =>
    existsSync(join(workspace, folder, 'vitest.config.mts')),
  );
}

/**
 * @param run gets a folder and a seed, and tells whether all tests passed.
 * @returns the folder and seed of the first failure.
 */
export function shuffle(folders, times, run, seed = () => randomInt(2 ** 31)) {
  for (const folder of folders) {
    for (let time = 1; time <= times; time++) {
      const used = seed();
      console.log(`\n=== ${folder}, ${time} of ${times}, seed ${used}`);
      if (!run(folder, used)) return { folder, seed: used };
    }
  }
  return undefined;
}

function vitest(folder, seed) {
  const words = ['run', '--sequence.shuffle', `--sequence.seed=${seed}`];
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [program, ...words], {
    cwd: join(root, folder),
    stdio: 'inherit',
  });
  return status === 0;
}

function main(words) {
  const times = /^[1-9]\d*$/.test(words[0] ?? '') ? Number(words.shift()) : 3;
  const unknown = words.filter((name) => !tested().some((folder) => basename(folder) === name));
  if (unknown.length > 0) {
    console.error(`no package with tests: ${unknown.join(', ')}`);
    return 2;
  }
  const folders = tested().filter((folder) => words.length === 0 || words.includes(basename(folder)));
  const failed = shuffle(folders, times, vitest);
  if (!failed) return 0;
  const again = `npx vitest run --sequence.shuffle --sequence.seed=${failed.seed}`;
  console.error(`\nfailed: ${failed.folder}; the same order again: cd ${failed.folder} && ${again}`);
  return 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv.slice(2));
