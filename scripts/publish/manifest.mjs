// What of a package.json goes to the registry.

/** The condition by which this workspace imports its packages' sources; the sources are not published. */
const sourceCondition = '@ota/source';

const withoutSource = (exports) =>
  Object.fromEntries(
    Object.entries(exports)
      .filter(([condition]) => condition !== sourceCondition)
      .map(([key, value]) => [key, typeof value === 'object' ? withoutSource(value) : value]),
  );

/** The package.json to publish: no Nx, no development dependencies, no sources; `repository` where it is known. */
export function publishedManifest(manifest, repository) {
  const kept = Object.entries(manifest)
    .filter(([field]) => !['nx', 'devDependencies', 'scripts'].includes(field))
    .map(([field, value]) => [field, field === 'exports' ? withoutSource(value) : value]);
  return {
    ...Object.fromEntries(kept),
    ...(repository && { repository: { type: 'git', url: repository.url, directory: repository.directory } }),
  };
}

/**
 * Where the project lives, which npm compares with the place that publishes (provenance). It is not written down in the
 * tree: a fork publishes under its own address. GitHub Actions says it; elsewhere it is the clone's remote, without
 * any password in it. A remote that is a folder is no address.
 */
export function repositoryUrl(environment, remote) {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = environment;
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY) return `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`;
  const ssh = /^(?:ssh:\/\/)?[\w.-]+@([\w.-]+(?::\d+(?=\/))?)[:/](.+?)(?:\.git)?\s*$/.exec(remote);
  if (ssh) return `git+ssh://git@${ssh[1]}/${ssh[2].replace(/^\//, '')}.git`;
  if (!/^https?:\/\//.test(remote)) return undefined;
  const url = new URL(remote.trim());
  return `git+${url.protocol}//${url.host}${url.pathname.replace(/(?:\.git)?\/?$/, '')}.git`;
}
