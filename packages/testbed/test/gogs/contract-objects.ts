import { describe, expect, it } from 'vitest';
import { binary, blobId, failureBody, kitFiles, unknownId, type Site } from './fixture.ts';

interface Tree {
  readonly sha: string;
  readonly url: string;
  readonly tree: readonly {
    path: string;
    mode: string;
    type: string;
    size: number;
    sha: string;
    url: string;
  }[];
}

export function objectsContract(site: () => Site): void {
  const base = (): string => `${site().gogs.baseUrl}/api/v1/repos/ann/kit`;

  describe('GET git/trees', () => {
    const get = (sha: string) => site().repo(`ann/kit/git/trees/${sha}`);

    it('cuts both ends off a name that begins with a quotation mark', async () => {
      const name = await site().fresh({ 'q/"abc"': 'x', 'q/"def': 'y', 'q/g"h': 'z' });
      const listed = (await site().repo(`ann/${name}/git/trees/main:q`)).json() as {
        tree: { path: string }[];
      };
      expect(listed.tree.map(({ path }) => path)).toEqual(['abc', 'de', 'g"h']);
      const contents = (await site().repo(`ann/${name}/contents/q`)).json() as { name: string }[];
      expect(contents.map((entry) => entry.name)).toEqual(['abc', 'de', 'g"h']);
      expect((await site().repo(`ann/${name}/raw/main/q/${encodeURIComponent('"abc"')}`)).text).toBe('x');
    });

    it('lists one level, echoing the name it was asked for', async () => {
      const tree = (await get('main')).json() as Tree;
      expect(tree).toMatchObject({ sha: 'main', url: `${base()}/git/trees/main` });
      expect(tree.tree.map(({ path, type }) => [path, type])).toEqual([
        ['.gitmodules', 'blob'],
        ['link', 'blob'],
        ['odd', 'tree'],
        ['src', 'tree'],
        ['vendor', 'tree'],
      ]);
    });

    it('gives every blob the mode 120000, a tree URL and its size', async () => {
      const { tree } = (await get('main%3Asrc')).json() as Tree;
      const sizes = { 'binary.dat': binary.length, dangling: 14, 'empty.txt': 0, 'run.sh': 10 };
      for (const [path, size] of Object.entries(sizes)) {
        const entry = tree.find((each) => each.path === path);
        expect(entry).toMatchObject({ mode: '120000', type: 'blob', size });
        expect(entry?.url).toBe(`${base()}/git/trees/${entry?.sha ?? ''}`);
      }
      expect(tree.find(({ path }) => path === 'binary.dat')?.sha).toBe(blobId(binary));
      expect(tree.find(({ path }) => path === 'lib')).toMatchObject({
        mode: '040000',
        type: 'tree',
        size: 0,
      });
    });

    it('shows a submodule as a commit, known to .gitmodules or not', async () => {
      for (const sha of ['main%3Avendor', 'bare-submodule']) {
        const { tree } = (await get(sha)).json() as Tree;
        const submodule = tree.find(({ path }) => path === 'mod');
        expect(submodule).toMatchObject({ mode: '160000', type: 'commit', size: 0, sha: unknownId });
      }
    });

    it('takes a commit, a tag, a tree id and a path in a branch', async () => {
      const { tree } = (await get(site().commits.second)).json() as Tree;
      const treeId = tree.find(({ path }) => path === 'src')?.sha ?? '';
      const names = async (sha: string) => ((await get(sha)).json() as Tree).tree.map(({ path }) => path);
      expect(await names(treeId)).toEqual(await names('main%3Asrc'));
      expect(await names('main:src%2Flib')).toEqual(['deep']);
      expect(await names('v1')).toEqual(['link', 'odd', 'src']);
    });

    it('keeps odd names as they are', async () => {
      const { tree } = (await get('main%3Aodd')).json() as Tree;
      const committed = Object.keys(kitFiles).filter((path) => path.startsWith('odd/'));
      expect(tree.map(({ path }) => `odd/${path}`).sort()).toEqual(committed.sort());
    });

    it('has null for the entries of an empty tree', async () => {
      expect((await get('empty-tree')).json()).toMatchObject({ sha: 'empty-tree', tree: null });
    });

    it('answers 404 with nothing for an unknown name', async () => {
      for (const sha of ['nope', 'main%3Anope', 'main~9', 'aaaaaaa']) {
        const reply = await get(sha);
        expect([reply.status, reply.text]).toEqual([404, '']);
      }
    });

    it('fails on an unknown whole id and on a blob', async () => {
      for (const sha of [unknownId, blobId('print(1)\n')])
        expect((await get(sha)).json()).toEqual(failureBody);
    });

    it('panics on HEAD of an empty repository: 500 and nothing', async () => {
      const reply = await site().repo('ann/void/git/trees/HEAD');
      expect([reply.status, reply.text]).toEqual([500, '']);
      expect((await site().repo('ann/void/git/trees/main')).status).toBe(404);
    });
  });

  describe('GET git/blobs', () => {
    const get = (sha: string) => site().repo(`ann/kit/git/blobs/${sha}`);

    it('gives the content in base64', async () => {
      const sha = blobId(binary);
      expect((await get(sha)).json()).toEqual({
        content: binary.toString('base64'),
        encoding: 'base64',
        url: `${base()}/git/blobs/${sha}`,
        sha,
        size: binary.length,
      });
    });

    it('has an empty string for an empty file', async () => {
      expect((await get(blobId(''))).json()).toMatchObject({ content: '', size: 0 });
    });

    it('takes a path in a revision, and echoes it', async () => {
      expect((await get('main%3Asrc%2Fmain.py')).json()).toMatchObject({
        sha: 'main:src/main.py',
        content: Buffer.from('print(1)\n').toString('base64'),
      });
    });

    it('answers 404 for an unknown name and 500 for an unknown whole id or what is no blob', async () => {
      expect((await get('nope')).status).toBe(404);
      for (const sha of [unknownId, 'main', 'v1', 'main%3Asrc']) {
        expect((await get(sha)).json()).toEqual(failureBody);
      }
    });
  });
}
