import { GogsStandIn, type TreeFile } from '@ota/testbed';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createGogsClient, type GogsClient, type GogsClientOptions } from '../../src/index.ts';

export interface TestSite {
  readonly server: GogsStandIn;
  readonly token: string;
  readonly gogs: GogsClient;
  readonly client: (options?: Partial<GogsClientOptions>) => GogsClient;
  readonly commit: (files: Readonly<Record<string, TreeFile>>, remove?: readonly string[]) => Promise<string>;
}

/** A stand-in with the private repository ann/lamp, for one test. */
export async function startSite(files: Readonly<Record<string, TreeFile>>): Promise<TestSite> {
  const server = await GogsStandIn.start();
  onTestFinished(() => server.close());
  await server.createUser({ name: 'ann', password: 'only-for-tests' });
  const token = await server.createToken('ann', 'only-for-tests', 'tests');
  await server.createRepository({ owner: 'ann', name: 'lamp', private: true });
  const commit: TestSite['commit'] = (changed, remove = []) =>
    server.commitFiles('ann', 'lamp', { files: changed, remove });
  await commit(files);
  const client: TestSite['client'] = (options) =>
    createGogsClient({ baseUrl: server.baseUrl, token, retry: { baseMs: 1, maxMs: 5 }, ...options });
  return { server, token, client, gogs: client(), commit };
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-gogs-client-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
