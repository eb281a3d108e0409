import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createGogsClient } from '../../src/index.ts';
import { noise } from '../contract/fixture.ts';
import { errorOf } from '../helpers/errors.ts';
import { serve } from '../helpers/server.ts';
import { startSite } from '../helpers/site.ts';

const twenty = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => [`f${index}.txt`, `file ${index}\n`]),
);

describe('iterating a snapshot', () => {
  it('keeps a few requests ahead of the reader, and no more', async () => {
    const { gogs, server } = await startSite(twenty);
    const snapshot = await gogs.snapshot('ann', 'lamp', 'main', { concurrency: 3 });
    server.clearRequests();
    let read = 0;
    for await (const file of snapshot) {
      expect(await text(file.stream)).toBe(twenty[file.path]);
      read += 1;
      expect(server.requests.length).toBeLessThanOrEqual(read + 3 * 4);
      expect(server.requests.filter(({ status }) => status === undefined).length).toBeLessThanOrEqual(3);
    }
    expect(read).toBe(20);
  });

  it('may stop early, read nothing, and leave files out', async () => {
    const { gogs, server } = await startSite({ ...twenty, 'a-large': noise(5_000_000) });
    const snapshot = await gogs.snapshot('ann', 'lamp', 'main');
    server.clearRequests();
    for await (const file of snapshot) expect(file.size).toBeGreaterThan(0);
    expect(server.requests).toHaveLength(21);
    for await (const file of snapshot) {
      if (file.path === 'f3.txt') break;
    }
    expect(server.requests.length).toBeLessThan(42);
  });

  it('ends with the error of the file whose turn it is', async () => {
    const { gogs, server } = await startSite({ ...twenty, 'f10.txt': noise(300_000) });
    const snapshot = await gogs.snapshot('ann', 'lamp', 'main');
    server.faults.always('f10.txt', { kind: 'changeByte', at: 1000 });
    const read: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const file of snapshot) {
        await text(file.stream);
        read.push(file.path);
      }
    };
    expect(await errorOf(reading())).toMatchObject({ code: 'GOGS_INTEGRITY', path: 'f10.txt' });
    expect(read).toEqual(['f0.txt', 'f1.txt']);
  });

  it('ends with its signal', async () => {
    const { gogs, server } = await startSite(twenty);
    const controller = new AbortController();
    const snapshot = await gogs.snapshot('ann', 'lamp', 'main', { signal: controller.signal });
    server.faults.always('/contents', { kind: 'hang' });
    const reading = errorOf(snapshot[Symbol.asyncIterator]().next());
    controller.abort();
    expect((await reading).code).toBe('GOGS_ABORTED');
  });

  it('of a server that keeps inventing folders ends', async () => {
    const sha = 'b'.repeat(40);
    const person = { name: '', email: '', date: '' };
    const commit = { author: person, committer: person, message: '' };
    const tree = [{ path: 'again', type: 'tree', size: 0, sha }];
    const server = await serve((request, response) => {
      const isTree = request.url?.includes('/git/trees/');
      const found = { sha, html_url: '', commit, author: null, committer: null, parents: null };
      response.end(JSON.stringify(isTree ? { tree } : found));
    });
    const gogs = createGogsClient({ baseUrl: server.baseUrl });
    const error = await errorOf(gogs.snapshot('ann', 'lamp', 'main', { maxDepth: 30 }));
    expect(error).toMatchObject({ code: 'GOGS_REFUSED_PATH', reason: 'too-many' });
    expect(server.requests.length).toBeLessThan(40);
  });
});
