import { afterAll, beforeAll, describe } from 'vitest';
import { accessContract } from './contract-access.ts';
import { administrationContract } from './contract-administration.ts';
import { commitsContract } from './contract-commits.ts';
import { contentsContract } from './contract-contents.ts';
import { downloadContract } from './contract-download.ts';
import { objectsContract } from './contract-objects.ts';
import { projectContract } from './contract-project.ts';
import { siteContract } from './contract-site.ts';
import { writeContract } from './contract-write.ts';
import { prepare, type Site } from './fixture.ts';
import type { GogsServer } from '../../src/gogs/gogs-server.ts';

/** What the project relies on in Gogs v0.14.3. The same tests for every server: which one it is, they can't see. */
export function gogsContract(name: string, start: () => Promise<GogsServer>): void {
  describe(`the Gogs contract, kept by ${name}`, () => {
    let gogs: GogsServer | undefined;
    let site: Site | undefined;

    beforeAll(async () => {
      gogs = await start();
      site = await prepare(gogs);
    });

    afterAll(async () => {
      await gogs?.close();
    });

    const prepared = (): Site => {
      if (!site) throw new Error('the site is not prepared: beforeAll failed');
      return site;
    };
    accessContract(prepared);
    contentsContract(prepared);
    downloadContract(prepared);
    objectsContract(prepared);
    commitsContract(prepared);
    writeContract(prepared);
    siteContract(prepared);
    projectContract(prepared);
    administrationContract(prepared);
  });
}
