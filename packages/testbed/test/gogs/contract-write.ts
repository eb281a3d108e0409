import { describe, expect, it } from 'vitest';
import { failureBody, type Site } from './fixture.ts';
import type { Reply } from './ask.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Written {
  readonly commit: { readonly sha: string; readonly parents: readonly { readonly sha: string }[] };
}

export function writeContract(site: () => Site): void {
  const put = (repository: string, path: string, body: unknown, headers = {}): Promise<Reply> =>
    site().repo(`ann/${repository}/contents/${path}`, { method: 'PUT', body, headers });
  const raw = async (repository: string, path: string): Promise<string> =>
    (await site().repo(`ann/${repository}/raw/${path}`)).text;

  describe('PUT contents', () => {
    it('creates a file in one commit of the token’s user', async () => {
      const name = await site().fresh();
      const reply = await put(name, 'new/file.txt', { message: 'Add it', content: base64('hello') });
      expect(reply.status).toBe(201);
      const { commit } = reply.json() as Written;
      const url = `${site().gogs.baseUrl}/api/v1/repos/ann/${name}/contents/new/file.txt`;
      expect(reply.json()).toMatchObject({
        commit: {
          url,
          commit: { message: 'Add it', author: { name: 'ann', email: 'ann@example.test' } },
          author: { username: 'ann' },
          committer: { username: 'ann' },
        },
        content: { type: 'file', path: 'new/file.txt', content: base64('hello'), url },
      });
      expect(commit.parents).toHaveLength(1);
      expect((await site().repo(`ann/${name}/branches/main`)).json()).toMatchObject({
        commit: { id: commit.sha },
      });
      expect(await raw(name, 'main/new/file.txt')).toBe('hello');
      expect(await raw(name, 'main/main.py')).toBe('print(1)\n');
    });

    it('changes a file, and answers the same way', async () => {
      const name = await site().fresh();
      const reply = await put(name, 'main.py', { message: 'Change it', content: base64('print(2)\n') });
      expect(reply.status).toBe(201);
      expect(await raw(name, 'main/main.py')).toBe('print(2)\n');
    });

    it('makes no commit for what is there already', async () => {
      const name = await site().fresh();
      const body = { message: 'Once', content: base64('hello') };
      const once = (await put(name, 'x', body)).json() as Written;
      const again = await put(name, 'x', { ...body, message: 'Twice' });
      expect(again.status).toBe(201);
      expect((again.json() as Written).commit.sha).toBe(once.commit.sha);
      expect(again.json()).toMatchObject({ commit: { commit: { message: 'Once' } } });
    });

    it('writes names with spaces and letters of any alphabet', async () => {
      const name = await site().fresh();
      const path = `${encodeURIComponent('naïve')}/${encodeURIComponent('日本 x.txt')}`;
      expect((await put(name, path, { message: 'Odd', content: base64('odd') })).status).toBe(201);
      expect(await raw(name, `main/${path}`)).toBe('odd');
    });

    it('starts a branch at the default branch', async () => {
      const name = await site().fresh();
      const reply = await put(name, 'x', { message: 'New', content: base64('x'), branch: 'fresh' });
      expect(reply.status).toBe(201);
      expect(await raw(name, 'fresh/x')).toBe('x');
      expect(await raw(name, 'fresh/main.py')).toBe('print(1)\n');
      expect((await site().repo(`ann/${name}/contents/x`)).status).toBe(404);
    });

    it('fails for a branch that exists, unless it is the default one', async () => {
      const name = await site().fresh();
      const body = { message: 'Again', content: base64('x'), branch: 'other' };
      await put(name, 'x', body);
      const reply = await put(name, 'y', body);
      expect([reply.status, reply.json()]).toEqual([500, failureBody]);
      expect((await put(name, 'y', { ...body, branch: 'main' })).status).toBe(201);
    });

    it('fails for a branch with the name of a tag, or of what can be no branch', async () => {
      const name = await site().fresh();
      await site().gogs.createTag('ann', name, { name: 'v1' });
      for (const branch of ['v1', 'bad..name']) {
        const reply = await put(name, 'x', { message: 'No', content: base64('x'), branch });
        expect([reply.status, reply.json()]).toEqual([500, failureBody]);
      }
    });

    it('cleans the message as Git does, and fails when nothing is left of it', async () => {
      const name = await site().fresh();
      const message = '\n  Indented  \n\n\n\nMore\n\n';
      const reply = await put(name, 'x', { message, content: base64('x') });
      expect(reply.json()).toMatchObject({ commit: { commit: { message: '  Indented' } } });
      expect((await site().repo(`ann/${name}/branches/main`)).json()).toMatchObject({
        commit: { message: '  Indented\n\nMore\n' },
      });
      expect((await put(name, 'y', { message: ' ', content: base64('y') })).json()).toEqual(failureBody);
    });

    it('fails for an empty repository', async () => {
      const reply = await put('void', 'x', { message: 'First', content: base64('x') });
      expect([reply.status, reply.json()]).toEqual([500, failureBody]);
    });

    it('fails for a folder, below a file, at and below a symlink, in .git, and for bad base64', async () => {
      const name = await site().fresh({
        'dir/a': 'a',
        file: 'f',
        link: { symlink: 'file' },
        to: { symlink: 'dir' },
      });
      const body = { message: 'No', content: base64('x') };
      for (const path of ['dir', 'file/x', 'link', 'to/x', '.git/config']) {
        const reply = await put(name, path, body);
        expect([path, reply.status, reply.json()]).toEqual([path, 500, failureBody]);
      }
      for (const content of ['!!!', 'aGVsbG8']) {
        expect((await put(name, 'x', { ...body, content })).json()).toEqual(failureBody);
      }
    });

    it('needs a message and a content that is not empty', async () => {
      const required = (field: string) => ({
        fieldNames: [field],
        classification: 'RequiredError',
        message: 'Required',
      });
      const name = await site().fresh();
      const bodies = [
        [{ content: base64('x') }, [required('Message')]],
        [{ message: 'Empty', content: '' }, [required('Content')]],
        [{}, [required('Message'), required('Content')]],
        ['', [required('Message'), required('Content')]],
      ] as const;
      for (const [body, errors] of bodies) {
        const reply = await put(name, 'x', body);
        expect([reply.status, reply.json()]).toEqual([422, errors]);
        expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
      }
    });

    it('says what is wrong with a body that is no JSON', async () => {
      const name = await site().fresh();
      for (const body of ['nonsense', '{"message":', '{"message":5}']) {
        const reply = await put(name, 'x', body);
        expect([body, reply.status]).toEqual([body, 400]);
        expect(reply.json()).toMatchObject([{ classification: 'DeserializationError' }]);
      }
      const reply = await put(name, 'x', '{}', { 'Content-Type': 'text/plain' });
      expect(reply.status).toBe(415);
      expect(reply.json()).toEqual([
        { classification: 'ContentTypeError', message: 'Unsupported Content-Type' },
      ]);
    });

    it('lets the last of several writers win, and loses none of their files', async () => {
      const name = await site().fresh();
      const names = ['a', 'b', 'c', 'd'];
      const write = (file: string) => put(name, file, { message: file, content: base64(file) });
      expect((await Promise.all(names.map(write))).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      for (const file of names) expect(await raw(name, `main/${file}`)).toBe(file);
    });
  });
}
