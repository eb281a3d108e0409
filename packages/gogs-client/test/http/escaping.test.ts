import { describe, expect, it } from 'vitest';
import { createGogsClient } from '../../src/index.ts';
import { errorOf } from '../helpers/errors.ts';
import { serve } from '../helpers/server.ts';

describe('arguments in a URL', () => {
  it('are encoded, each as one segment', async () => {
    const server = await serve((_, response) => response.writeHead(404).end());
    const gogs = createGogsClient({ baseUrl: server.baseUrl, token: 'x' });
    await errorOf(gogs.contents.get('a/b', 'c?d', '/dir #1/50%+é🚀"\'.txt', { ref: 'feature/x&y=1' }));
    await errorOf(gogs.branches.get('ann', 'kit', 'feature/x'));
    await errorOf(gogs.git.tree('ann', 'kit', 'main', { path: 'src/a b' }));
    await errorOf(gogs.labels.get('ann', 'kit', 'to do?'));
    expect(server.requests.map(({ url }) => url)).toEqual([
      "/api/v1/repos/a%2Fb/c%3Fd/contents/dir%20%231/50%25%2B%C3%A9%F0%9F%9A%80%22'.txt?ref=feature%2Fx%26y%3D1%5E%7Bcommit%7D",
      '/api/v1/repos/ann/kit/branches/feature%2Fx',
      '/api/v1/repos/ann/kit/git/trees/main%3Asrc%2Fa%20b',
      '/api/v1/repos/ann/kit/labels/to%20do%3F',
    ]);
  });

  it('that would lead elsewhere are refused, and nothing is sent', async () => {
    const server = await serve((_, response) => response.end());
    const gogs = createGogsClient({ baseUrl: server.baseUrl, token: 'x' });
    const calls = [
      () => gogs.repositories.get('..', 'kit'),
      () => gogs.repositories.get('ann', ''),
      () => gogs.contents.get('ann', 'kit', 'src/../../../user'),
      () => gogs.contents.get('ann', 'kit', 'src//x'),
      () => gogs.contents.get('ann', 'kit', 'back\\slash'),
      () => gogs.contents.get('ann', 'kit', '\ud800'),
      () => gogs.raw.stream('ann', 'kit', 'main', './x'),
      () => gogs.commits.resolve('ann', 'kit', '--output=/tmp/x'),
      () => gogs.commits.resolve('ann', 'kit', ''),
      () => gogs.commits.get('ann', 'kit', 'a\nb'),
      () => gogs.git.tree('ann', 'kit', '-x', { path: 'src' }),
      () => gogs.branches.get('ann', 'kit', '-D'),
      () => gogs.snapshot('ann', 'kit', '-x'),
      () => gogs.snapshot('ann', 'kit', 'main', { path: '../x' }),
    ];
    for (const call of calls) {
      expect((await errorOf(Promise.resolve().then<unknown>(call))).code).toBe('GOGS_ARGUMENT');
    }
    expect(server.requests).toHaveLength(0);
  });
});
