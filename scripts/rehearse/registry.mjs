// A registry of one's own for as long as a rehearsal takes: Verdaccio, in this process, on a free port of the loopback.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runServer } from 'verdaccio';
import { npm } from '../publish/npm.mjs';

/**
 * Starts it. What it does not hold itself it fetches from the registry that npm is configured for.
 *
 * @param folder an empty directory, for packages, log and npm configuration.
 * @returns its `url`, an environment for child processes whose npm shall use it, and `close`.
 */
export async function startRegistry(folder) {
  await mkdir(folder, { recursive: true });
  const upstream = (await npm(['config', 'get', 'registry'])).trim();
  const server = await runServer({
    configPath: join(folder, 'config.yaml'), // not read; its folder is where relative paths begin
    storage: join(folder, 'storage'),
    uplinks: { upstream: { url: upstream, maxage: '60m', timeout: '60s' } },
    packages: {
      '@ota/*': { access: ['$all'], publish: ['$all'], unpublish: [] },
      '**': { access: ['$all'], publish: [], proxy: ['upstream'] },
    },
    max_body_size: '20mb',
    log: { type: 'file', path: join(folder, 'verdaccio.log'), format: 'json', level: 'warn' },
    web: { enable: false },
    self_path: folder,
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  const url = `http://127.0.0.1:${port}/`;
  const npmrc = join(folder, 'npmrc');
  // npm publishes only where it believes to be logged in; this registry lets everybody publish.
  await writeFile(
    npmrc,
    `registry=${url}\n//127.0.0.1:${port}/:_authToken=rehearsal\naudit=false\nfund=false\n`,
  );
  return {
    url,
    environment: { npm_config_userconfig: npmrc, npm_config_registry: url, NPM_CONFIG_PROVENANCE: 'false' },
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
