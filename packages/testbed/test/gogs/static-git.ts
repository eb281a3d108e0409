import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { Repository } from '../../src/gogs/git/repository.ts';
import { inFolder } from './fixture.ts';
import type { Change } from '../../src/gogs/gogs-server.ts';

/** Serves a bare repository as plain files, which git can clone: an "elsewhere" to migrate from. */
export function withStaticGit<T>(
  work: (url: string, commit: (change: Change) => Promise<string>) => Promise<T>,
): Promise<T> {
  return inFolder(join(tmpdir(), 'ota-static-git-'), async (folder) => {
    const repository = await Repository.create(join(folder, 'origin.git'));
    const server = createServer((request, response) => {
      const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0] ?? ''));
      readFile(join(folder, path)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const commit = async (change: Change): Promise<string> => {
      const id = await repository.commitFiles(change);
      execFileSync('git', ['update-server-info'], { cwd: repository.folder });
      return id;
    };
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/origin.git`, commit);
    } finally {
      server.close();
      server.closeAllConnections();
      await repository.close();
    }
  });
}
