// npm run rehearse: publishes every package to a registry on this machine, installs each alone, and runs what its README
// promises. It rehearses the commit that is checked out, in a clone of it. `--keep` leaves everything where it was made.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isInstalled, npm } from '../publish/npm.mjs';
import { cloneWorkspace } from './clone.mjs';
import { compileExamples, describe, install, writeExample } from './consumer.mjs';
import { keptChangelogs, publishAll, releaseEnvironment, releaseOneFix, versionAll } from './release.mjs';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '../..');
const work = await mkdtemp(join(tmpdir(), 'ota-rehearsal-'));
const clone = join(work, 'clone');
const consumers = join(work, 'consumers');
const failures = [];

const started = performance.now();
const say = (text) =>
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);
async function attempt(what, action) {
  try {
    const result = (await action()) ?? true;
    say(`ok      ${typeof result === 'string' ? `${what}: ${result}` : what}`);
    return result;
  } catch (error) {
    failures.push(what);
    say(`FAILED  ${what}\n${error.message}`);
  }
}

async function libraries() {
  const names = [];
  for (const folder of await readdir(join(clone, 'packages'))) {
    names.push(JSON.parse(await readFile(join(clone, 'packages', folder, 'package.json'), 'utf8')).name);
  }
  return names;
}

/** `npm install --global` into a prefix of its own, and `ota demo` from there. */
async function commandLine(env) {
  const prefix = join(work, 'prefix');
  const began = performance.now();
  await npm(['install', '--global', `--prefix=${prefix}`, '@ota/cli'], {
    cwd: work,
    env: { ...process.env, ...env },
  });
  const seconds = (performance.now() - began) / 1000;
  const windows = process.platform === 'win32';
  const lib = windows ? prefix : join(prefix, 'lib');
  const script = join(lib, 'node_modules/@ota/cli/dist/bin.js');
  await run(...(windows ? [process.execPath, [script, 'demo']] : [join(prefix, 'bin/ota'), ['demo']]), {
    cwd: work,
  });
  return describe('@ota/cli', lib, seconds);
}

/** Releases, installs and runs everything, and prints the report. */
async function rehearse(registry) {
  const env = releaseEnvironment(root, registry);
  const view = async (name) =>
    (
      await npm(['view', name, 'version'], { cwd: work, env: { ...process.env, ...registry.environment } })
    ).trim();
  await cloneWorkspace(root, clone, run);
  if (!(await attempt('nx release: versions, changelogs, tags', () => versionAll(clone, env)))) return;
  await attempt('the changelogs keep what was written by hand', () => keptChangelogs(root, clone));
  if (!(await attempt('nx release publish: all packages', () => publishAll(clone, env)))) return;
  await attempt('nx release: one fix, one package and its dependents', () => releaseOneFix(clone, env, view));

  const rows = [];
  const folders = [];
  for (const name of await libraries()) {
    const folder = join(consumers, name.split('/')[1]);
    const row = await attempt(`npm install ${name}, import and require`, () =>
      install(name, folder, registry.environment, root),
    );
    if (!row) continue;
    rows.push(row);
    folders.push(folder);
    await writeExample(name, folder);
  }
  await attempt('tsc --strict: the first program of each', () => compileExamples(folders, consumers, root));
  await attempt('the first programs run, against what they need', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const words = [vitest, 'run', '--config', 'scripts/rehearse/readme-tests.mts'];
    await run(process.execPath, words, { cwd: clone, env: { ...env, OTA_README_IN: consumers } });
  });
  const row = await attempt('npm install --global @ota/cli, ota demo', () =>
    commandLine(registry.environment),
  );
  console.table(row ? [...rows, row] : rows);
}

const dirty = (await run('git', ['status', '--porcelain'], { cwd: root })).trim();
if (dirty) console.log(`Not rehearsed, since not committed:\n${dirty}`);
let registry;
try {
  // The registry has dependencies of its own, many, which nobody needs who does not rehearse.
  const own = import.meta.dirname;
  if (!isInstalled(own)) await npm(['ci', '--ignore-scripts'], { cwd: own });
  const { startRegistry } = await import('./registry.mjs');
  registry = await startRegistry(join(work, 'registry'));
  await rehearse(registry);
} catch (error) {
  failures.push('rehearsal');
  console.error(error);
} finally {
  await registry?.close();
  if (process.argv.includes('--keep')) console.log(`Left in ${work}`);
  else await rm(work, { recursive: true, force: true });
}
say(failures.length === 0 ? 'rehearsal passed' : `rehearsal FAILED: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);
