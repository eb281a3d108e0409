import type { GogsServer } from '@ota/testbed';
import fc from 'fast-check';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGogsClient, type GogsClient } from '../../src/index.ts';
import { seed } from '../helpers/seed.ts';

/** Letters that URLs, JSON, Git's quoting, shells and Unicode make something of. */
const letter = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Array.from('ab.- _%#?+&=;:@!$\'"()[]{}<>|*^`~,\t')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('é', 'ß', '日', '🚀', '\u00a0', '\u0301', '%2F', '%00', '\u200d', 'ﷺ'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
);
// What Gogs itself has no way to: control characters but the tab, and in listings a name that begins with a quote.
const name = fc
  .array(letter, { minLength: 1, maxLength: 12 })
  .map((letters) => letters.join(''))
  .filter(
    (value) => !/[/\\\x00-\x08\x0a-\x1f\x7f]|^"/.test(value) && !/^(\.{1,2}|\.git|git~1)[. ]*$/i.test(value),
  )
  .filter((value) => Buffer.byteLength(value) < 100);
// Nor `raw` to a path that begins with a colon: Gogs hands it to `git log` as a pathspec, where a colon is magic.
const path = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))
  .filter((value) => !value.startsWith(':'));

/** Any path goes to the server and comes back: through `contents`, `raw`, trees and a snapshot. */
export function pathsProperty(label: string, start: () => Promise<GogsServer>, numRuns: number): void {
  describe(`a path with ${label}`, () => {
    let server: GogsServer | undefined;
    let gogs: GogsClient | undefined;

    beforeAll(async () => {
      server = await start();
      await server.createUser({ name: 'ann', password: 'only-for-tests' });
      const token = await server.createToken('ann', 'only-for-tests', 'paths');
      await server.createRepository({ owner: 'ann', name: 'paths' });
      gogs = createGogsClient({ baseUrl: server.baseUrl, token });
    });

    afterAll(async () => {
      await server?.close();
    });

    it('survives escaping there and back', async () => {
      let branch = 0;
      const property = fc.asyncProperty(path, async (any) => {
        if (!server || !gogs) throw new Error('the server is not ready: beforeAll failed');
        const content = `content of ${any}\n`;
        const ref = `b${++branch}`;
        const commit = await server.commitFiles('ann', 'paths', { branch: ref, files: { [any]: content } });
        const file = await gogs.contents.getFile('ann', 'paths', any, { ref });
        expect([file.path, file.content.toString()]).toEqual([any, content]);
        expect((await gogs.raw.get('ann', 'paths', commit, any)).toString()).toBe(content);
        const listed = await gogs.tree('ann', 'paths', ref);
        expect(listed.filter(({ type }) => type === 'blob').map((entry) => entry.path)).toEqual([any]);
        const folder = any.split('/').slice(0, -1).join('/');
        const snapshot = await gogs.snapshot('ann', 'paths', ref, { path: folder });
        for await (const each of snapshot) {
          expect([folder === '' ? each.path : `${folder}/${each.path}`, await text(each.stream)]).toEqual([
            any,
            content,
          ]);
        }
      });
      await fc.assert(property, {
        seed,
        numRuns,
        interruptAfterTimeLimit: 25_000,
        markInterruptAsFailure: false,
      });
    }, 60_000);
  });
}
