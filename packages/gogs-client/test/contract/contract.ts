import type { GogsServer } from '@ota/testbed';
import { afterAll, beforeAll, describe } from 'vitest';
import { accessContract } from './access.ts';
import { administrationContract } from './administration.ts';
import { commitsContract } from './commits.ts';
import { contentsContract } from './contents.ts';
import { filesContract } from './files.ts';
import { prepare, type Site } from './fixture.ts';
import { projectContract } from './project.ts';
import { quirksContract } from './quirks.ts';
import { snapshotContract } from './snapshot.ts';

/** Every public method against a server of which the tests can't see whether it is a real Gogs. */
export function clientContract(name: string, start: () => Promise<GogsServer>): void {
  describe(`the client with ${name}`, () => {
    let server: GogsServer | undefined;
    let site: Site | undefined;

    beforeAll(async () => {
      server = await start();
      site = await prepare(server);
    });

    afterAll(async () => {
      await server?.close();
    });

    const prepared = (): Site => {
      if (!site) throw new Error('the site is not prepared: beforeAll failed');
      return site;
    };
    accessContract(prepared);
    commitsContract(prepared);
    contentsContract(prepared);
    filesContract(prepared);
    snapshotContract(prepared);
    projectContract(prepared);
    administrationContract(prepared);
    quirksContract(prepared);
  });
}
