import { describe, expect, it } from 'vitest';
import {
  binary,
  blobId,
  encodePath,
  failureBody,
  kitFiles,
  longText,
  oddNames,
  unknownId,
  type Site,
} from './fixture.ts';

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly path: string;
  readonly content?: string;
}

export function contentsContract(site: () => Site): void {
  const contents = (path: string) => site().repo(`ann/kit/contents${path}`);
  const entries = async (path: string): Promise<Entry[]> => (await contents(path)).json() as Entry[];

  describe('GET contents', () => {
    it('describes a file', async () => {
      const base = site().gogs.baseUrl;
      const sha = blobId('print(1)\n');
      const reply = await contents('/src/main.py');
      expect(reply.status).toBe(200);
      expect(reply.headers['content-type']).toBe('application/json; charset=UTF-8');
      expect(reply.json()).toEqual({
        type: 'file',
        encoding: 'base64',
        size: 9,
        name: 'main.py',
        path: 'src/main.py',
        content: Buffer.from('print(1)\n').toString('base64'),
        sha,
        url: `${base}/api/v1/repos/ann/kit/contents/src/main.py`,
        git_url: `${base}/api/v1/repos/ann/kit/git/blobs/${sha}`,
        html_url: `${base}/ann/Kit/src/main/main.py`,
        download_url: `${base}/ann/Kit/raw/main/main.py`,
        _links: {
          git: `${base}/api/v1/repos/ann/kit/git/blobs/${sha}`,
          self: `${base}/api/v1/repos/ann/kit/contents/src/main.py`,
          html: `${base}/ann/Kit/src/main/main.py`,
        },
      });
    });

    it('writes its JSON in the order of Go structs, on one line', async () => {
      const { text } = await contents('/src/main.py');
      expect(text.startsWith('{"type":"file","encoding":"base64","size":9,"name":"main.py"')).toBe(true);
      expect(text).not.toContain('\n');
    });

    it('says which ref it was asked for, in URLs that lack the folder', async () => {
      expect((await contents('/src/lib/deep/a.py?ref=feature/x')).json()).toMatchObject({
        url: `${site().gogs.baseUrl}/api/v1/repos/ann/kit/contents/src/lib/deep/a.py`,
        html_url: `${site().gogs.baseUrl}/ann/Kit/src/feature/x/a.py`,
        download_url: `${site().gogs.baseUrl}/ann/Kit/raw/feature/x/a.py`,
      });
    });

    it('gives a binary file byte for byte', async () => {
      const file = (await contents('/src/binary.dat')).json() as Entry;
      expect(Buffer.from(file.content ?? '', 'base64').equals(binary)).toBe(true);
      expect(file).toMatchObject({ size: binary.length, sha: blobId(binary) });
    });

    it('leaves the content of an empty file away', async () => {
      const file = (await contents('/src/empty.txt')).json();
      expect(file).toMatchObject({ type: 'file', encoding: 'base64', size: 0, sha: blobId('') });
      expect(file).not.toHaveProperty('content');
    });

    it('shows an executable as any file', async () => {
      expect((await contents('/src/run.sh')).json()).toMatchObject({ type: 'file', size: 10 });
    });

    it('shows a symlink and does not follow it', async () => {
      const link = (await contents('/link')).json();
      expect(link).toMatchObject({ type: 'symlink', target: 'src/main.py', size: 11, git_url: '' });
      expect(link).not.toHaveProperty('content');
      expect(link).not.toHaveProperty('encoding');
      expect((await contents('/link/x')).json()).toEqual(failureBody);
    });

    it('shows a submodule with the URL from .gitmodules', async () => {
      const submodule = (await contents('/vendor/mod')).json();
      expect(submodule).toMatchObject({
        type: 'submodule',
        submodule_git_url: 'https://example.test/mod.git',
        size: 0,
        sha: unknownId,
        git_url: '',
      });
      expect((await contents('/vendor/mod/x')).status).toBe(500);
    });

    it('fails on a submodule that .gitmodules does not know, and on its whole folder', async () => {
      for (const path of ['/mod?ref=bare-submodule', '?ref=bare-submodule']) {
        const reply = await contents(path);
        expect([reply.status, reply.json()]).toEqual([500, failureBody]);
      }
      expect((await contents('/src?ref=bare-submodule')).status).toBe(200);
    });

    it('lists a folder in the order of Git, with the content of every file', async () => {
      const listing = await entries('/src');
      expect(listing.map(({ name, type }) => [name, type])).toEqual([
        ['binary.dat', 'file'],
        ['dangling', 'symlink'],
        ['empty.txt', 'file'],
        ['lib', 'dir'],
        ['long.txt', 'file'],
        ['main.py', 'file'],
        ['run.sh', 'file'],
        ['small.dat', 'file'],
      ]);
      expect(listing.find(({ name }) => name === 'binary.dat')?.content).toBe(binary.toString('base64'));
      expect(listing.find(({ name }) => name === 'long.txt')?.content).toBe(
        Buffer.from(longText).toString('base64'),
      );
    });

    it('shows a folder inside a folder as one line without its content', async () => {
      const folder = (await entries('/src/lib'))[0];
      expect(folder).toMatchObject({ type: 'dir', name: 'deep', path: 'src/lib/deep', size: 0 });
      expect(folder).not.toHaveProperty('content');
      expect(folder).not.toHaveProperty('encoding');
    });

    it('lists the root, with or without a slash', async () => {
      const names = ['.gitmodules', 'link', 'odd', 'src', 'vendor'];
      for (const path of ['', '/']) expect((await entries(path)).map(({ name }) => name)).toEqual(names);
    });

    it('lists nothing for an empty tree', async () => {
      const reply = await contents('?ref=empty-tree');
      expect([reply.status, reply.text]).toEqual([200, '[]']);
    });

    it.each(oddNames)('finds the file %s by its encoded path, and lists it', async (name) => {
      const path = `odd/${name}`;
      const expected = { name, path, content: Buffer.from(`${name}\n`).toString('base64') };
      expect((await contents(`/${encodePath(path)}`)).json()).toMatchObject(expected);
      const listed = (await entries('/odd')).find((entry) => entry.name === name);
      expect(listed).toMatchObject(expected);
    });

    it('escapes what is dangerous in HTML, as Go does', async () => {
      expect((await contents(`/odd/${encodeURIComponent('amp&<lt>.txt')}`)).text).toContain(
        '"name":"amp\\u0026\\u003clt\\u003e.txt"',
      );
    });

    it('takes an encoded slash for a slash', async () => {
      expect((await contents('/src%2Flib%2Fdeep%2Fa.py')).json()).toMatchObject({
        path: 'src/lib/deep/a.py',
      });
    });

    it('cleans the path: doubled slashes, dots, backslashes, nothing above the root', async () => {
      for (const path of ['//src//main.py', '/src/../src/main.py', '/%2e%2e/src/main.py', '/src%5Cmain.py']) {
        expect((await contents(path)).json()).toMatchObject({ path: 'src/main.py' });
      }
    });

    it('therefore cannot reach a file with a backslash in its name, though it lists it', async () => {
      expect((await contents('/odd/back%5Cslash.txt')).status).toBe(404);
      expect((await entries('/odd')).map(({ name }) => name)).toContain('back\\slash.txt');
    });

    it.each(['main', 'refs/heads/main', 'feature/x', 'v1', 'light', 'HEAD', 'main~1', ''])(
      'takes the ref "%s"',
      async (ref) => {
        expect((await contents(`/src/empty.txt?ref=${encodeURIComponent(ref)}`)).status).toBe(200);
      },
    );

    it('takes a commit id, whole or short, in either case', async () => {
      const { first } = site().commits;
      for (const ref of [first, first.slice(0, 8), first.toUpperCase()]) {
        const names = (await entries(`?ref=${ref}`)).map(({ name }) => name);
        expect(names).not.toContain('.gitmodules');
        expect(names).toContain('src');
      }
    });

    it('answers 404 with nothing for a file, branch, tag or short id that is not there', async () => {
      for (const path of ['/nope', '/src/nope', '/src/main.py?ref=nope', '?ref=main~9', '?ref=aaaaaaaa']) {
        const reply = await contents(path);
        expect([path, reply.status, reply.text]).toEqual([path, 404, '']);
        expect(reply.headers['content-type']).toBeUndefined();
        expect(reply.headers['content-length']).toBe('0');
      }
    });

    it('answers 500 for a whole id that is not there, a ref that is no commit, and a path below a file', async () => {
      const paths = [
        `?ref=${unknownId}`,
        '?ref=main:src',
        '?ref=main%5E%7Btree%7D',
        '?ref=-x',
        '?ref=main%00',
        '/src/main.py/x',
      ];
      for (const path of paths) {
        const reply = await contents(path);
        expect([path, reply.status, reply.json()]).toEqual([path, 500, failureBody]);
      }
    });

    it('answers 404 for an empty repository', async () => {
      for (const path of ['contents', 'contents/x', 'contents?ref=main']) {
        expect((await site().repo(`ann/void/${path}`)).status).toBe(404);
      }
    });

    it('sends short answers with a length and long ones in chunks', async () => {
      const short = await contents('/src/main.py');
      expect(short.headers['content-length']).toBe(String(short.body.length));
      expect(short.headers['transfer-encoding']).toBeUndefined();
      const long = await contents('/src/long.txt');
      expect(long.headers['content-length']).toBeUndefined();
      expect(long.headers['transfer-encoding']).toBe('chunked');
    });

    it('says nothing that would help a cache', async () => {
      const { headers } = await contents('/src/main.py');
      for (const name of ['etag', 'last-modified', 'cache-control']) expect(headers).not.toHaveProperty(name);
    });

    it('answers HEAD as GET, without body and length', async () => {
      const reply = await site().repo('ann/kit/contents/src/main.py', { method: 'HEAD' });
      expect([reply.status, reply.text]).toEqual([200, '']);
      expect(reply.headers['content-type']).toBe('application/json; charset=UTF-8');
      expect(reply.headers).not.toHaveProperty('content-length');
      expect(reply.headers).not.toHaveProperty('transfer-encoding');
      expect((await site().repo('ann/kit/contents/nope', { method: 'HEAD' })).status).toBe(404);
    });

    it('knows every file that was committed', async () => {
      const walk = async (folder: string): Promise<string[]> => {
        const found = await entries(`${folder}?ref=light`);
        const below = found.map(({ type, path }) =>
          type === 'dir' ? walk(`/${encodePath(path)}`) : Promise.resolve([path]),
        );
        return (await Promise.all(below)).flat();
      };
      expect((await walk('')).sort()).toEqual(Object.keys(kitFiles).sort());
    });
  });
}
