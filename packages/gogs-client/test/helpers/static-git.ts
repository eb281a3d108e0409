import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

const identity = { name: 'Elsewhere', email: 'elsewhere@example.test' };

/** Serves a bare repository as plain files, which git can clone: an "elsewhere" to migrate from. */
export async function withStaticGit<T>(
  work: (url: string, commit: (message: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-static-git-'));
  const server = createServer((request, response) => {
    readFile(join(folder, normalize(request.url?.split('?')[0] ?? '/'))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        GIT_CONFIG_GLOBAL: devNull,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: identity.name,
        GIT_AUTHOR_EMAIL: identity.email,
        GIT_COMMITTER_NAME: identity.name,
        GIT_COMMITTER_EMAIL: identity.email,
      },
    }).trim();
  git('init', '--quiet', '--initial-branch=main', '.');
  const commit = (message: string): Promise<string> => {
    git('commit', '--quiet', '--allow-empty', '-m', message);
    git('update-server-info');
    return Promise.resolve(git('rev-parse', 'HEAD'));
  };
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/.git`, commit);
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}
