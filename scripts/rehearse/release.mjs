// The release itself, by Nx, as docs/releasing.md says: versions, changelogs, commit and tags, then the registry.
import { appendFile, readFile } from 'node:fs/promises';
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
 * A fix in one package after that: it and those that depend on it get a new version, nobody else.
 *
 * @param view asks the registry for a package's newest version.
 */
export async function releaseOneFix(clone, env, view) {
  const before = await view('@ota/fleet');
  const other = await view('@ota/gogs-client');
  await appendFile(join(clone, 'packages/fleet/README.md'), '\n');
  await run('git', ['commit', '--all', '--quiet', '--message', 'fix(fleet): rehearse a fix'], {
    cwd: clone,
    env,
  });
  await nx(clone, env, ['release', '--yes']);
  const after = await view('@ota/fleet');
  const changelog = await readFile(join(clone, 'packages/fleet/CHANGELOG.md'), 'utf8');
  const tag = await run('git', ['tag', '--list', `fleet@${after}`], { cwd: clone });
  if (after === before) throw new Error(`the fix did not bring @ota/fleet beyond ${before}`);
  if (!changelog.includes('rehearse a fix')) throw new Error('the fix is not in packages/fleet/CHANGELOG.md');
  if (tag.trim() === '') throw new Error(`there is no tag fleet@${after}`);
  if ((await view('@ota/gogs-client')) !== other) throw new Error('it published @ota/gogs-client too');
  return `@ota/fleet ${before} -> ${after}`;
}

const nx = (clone, env, words) =>
  run(process.execPath, ['node_modules/nx/dist/bin/nx.js', ...words], { cwd: clone, env });

const versionOf = async (clone, folder) =>
  JSON.parse(await readFile(join(clone, folder, 'package.json'), 'utf8')).version;
