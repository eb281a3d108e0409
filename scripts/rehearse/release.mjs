// The release itself, by Nx, as docs/releasing.md says: versions, changelogs, commit and tags, then the registry.
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.mjs';

const identity = { name: 'rehearsal', email: 'rehearsal@localhost' };

/** Environment for Nx and Git in the clone. The cache of builds is the checkout's: same sources, same result. */
export function releaseEnvironment(root, registry) {
  return {
    ...registry.environment,
    NX_DAEMON: 'false',
    NX_CACHE_DIRECTORY: join(root, '.nx/cache'),
    NX_WORKSPACE_DATA_DIRECTORY: join(root, '.nx/workspace-data'),
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
  };
}

/**
 * Versions, changelogs, a commit and tags for every package: the first release where nothing was released yet, else what
 * the commits ask for.
 */
export async function versionAll(clone, env) {
  const tags = (await run('git', ['tag', '--list', '*@*'], { cwd: clone })).split('\n').filter(Boolean);
  const first = tags.length === 0 ? [await versionOf(clone, 'packages/fleet'), '--first-release'] : [];
  await nx(clone, env, ['release', ...first, '--skip-publish']);
}

/** Every package, as it is now, to the registry that the environment names. */
export async function publishAll(clone, env) {
  await nx(clone, env, ['release', 'publish']);
}

/**
 * Nx puts a new release above what a changelog holds. It must leave the rest as it is, also where there is an entry for the
 * version already: that of the first release was written by hand, its commits were not conventional.
 */
export async function keptChangelogs(root, clone) {
  for (const path of await changelogs(clone)) {
    const before = await readFile(join(root, path), 'utf8');
    const after = await readFile(join(clone, path), 'utf8');
    if (!after.endsWith(before)) throw new Error(`${path} has lost what it held:\n${after}`);
  }
}

async function changelogs(clone) {
  const packages = (await readdir(join(clone, 'packages'))).map((name) => `packages/${name}`);
  return [...packages, 'apps/cli'].map((folder) => `${folder}/CHANGELOG.md`);
}

/**
 * A fix in one package after that, released in the steps of .github/workflows/release.yml: it and those that depend on it get
 * a new version, nobody else.
 *
 * @param view asks the registry for a package's newest version, or for those in a range.
 */
export async function releaseOneFix(clone, env, view) {
  const before = await view('@ota/fleet');
  const other = await view('@ota/gogs-client');
  const dependent = await view('@ota/cli');
  const written = await readFile(join(clone, 'packages/fleet/CHANGELOG.md'), 'utf8');
  await appendFile(join(clone, 'packages/fleet/README.md'), '\n');
  await run('git', ['commit', '--all', '--quiet', '--message', 'fix(fleet): rehearse a fix'], {
    cwd: clone,
    env,
  });
  await nx(clone, env, ['release', '--skip-publish']);
  await publishAll(clone, env);
  const after = await view('@ota/fleet');
  const changelog = await readFile(join(clone, 'packages/fleet/CHANGELOG.md'), 'utf8');
  const tag = await run('git', ['tag', '--list', `fleet@${after}`], { cwd: clone });
  if (after === before) throw new Error(`the fix did not bring @ota/fleet beyond ${before}`);
  if (!changelog.startsWith(`## ${after}`) || !changelog.includes('rehearse a fix')) {
    throw new Error('the fix is not at the top of packages/fleet/CHANGELOG.md');
  }
  if (!changelog.endsWith(written)) throw new Error('packages/fleet/CHANGELOG.md has lost what it held');
  if (tag.trim() === '') throw new Error(`there is no tag fleet@${after}`);
  if ((await view('@ota/gogs-client')) !== other) throw new Error('it published @ota/gogs-client too');
  const dependentAfter = await view('@ota/cli');
  if (dependentAfter === dependent) throw new Error(`@ota/cli, which depends on it, stayed at ${dependent}`);
  const wanted = JSON.parse(await readFile(join(clone, '.publish/cli/package.json'), 'utf8')).dependencies;
  // Its range may stay as it was, where it admits the fix.
  if (!(await view(`@ota/fleet@${wanted['@ota/fleet']}`)).includes(after)) {
    throw new Error(`@ota/cli ${dependentAfter} asks for @ota/fleet ${wanted['@ota/fleet']}`);
  }
  return `@ota/fleet ${before} -> ${after}, @ota/cli ${dependent} -> ${dependentAfter}`;
}

const nx = (clone, env, words) =>
  run(process.execPath, ['node_modules/nx/dist/bin/nx.js', ...words], { cwd: clone, env });

const versionOf = async (clone, folder) =>
  JSON.parse(await readFile(join(clone, folder, 'package.json'), 'utf8')).version;
