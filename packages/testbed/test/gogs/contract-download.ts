import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  binary,
  encodePath,
  failureBody,
  inFolder,
  longText,
  oddNames,
  unknownId,
  type Site,
} from './fixture.ts';
import type { Reply } from './ask.ts';

const isPageNotFound = (reply: Reply): boolean =>
  reply.status === 404 &&
  reply.headers['content-type'] === 'text/html; charset=UTF-8' &&
  reply.headers['transfer-encoding'] === 'chunked' &&
  reply.text.startsWith('<!DOCTYPE html>') &&
  reply.text.includes('<title>Page Not Found - Gogs</title>');

export function downloadContract(site: () => Site): void {
  describe('GET raw', () => {
    const raw = (path: string) => site().repo(`ann/kit/raw/${path}`);

    it('gives a text file as text, dated by the last commit that touched it', async () => {
      const reply = await raw('main/src/main.py');
      expect(reply).toMatchObject({ status: 200, text: 'print(1)\n' });
      expect(reply.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '9',
        'last-modified': 'Thu, 01 Jan 2026 03:04:05 GMT',
      });
      expect(reply.headers).not.toHaveProperty('content-disposition');
      expect(reply.headers).not.toHaveProperty('etag');
    });

    it('gives other files as a download, byte for byte', async () => {
      const small = await raw('main/src/small.dat');
      expect([...small.body]).toEqual([0, 1, 2, 255]);
      expect(small.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename="small.dat"',
        'content-transfer-encoding': 'binary',
      });
      expect((await raw('main/src/binary.dat')).body.equals(binary)).toBe(true);
    });

    it('gives an empty file', async () => {
      const reply = await raw('main/src/empty.txt');
      expect([reply.status, reply.text, reply.headers['content-length']]).toEqual([200, '', '0']);
    });

    it('sends what is long in chunks', async () => {
      const reply = await raw('main/src/long.txt');
      expect(reply.text).toBe(longText);
      expect(reply.headers).not.toHaveProperty('content-length');
      expect(reply.headers['transfer-encoding']).toBe('chunked');
    });

    it.each([
      ['picture.png', '\x89PNG\r\n\x1a\nx', 'image/png', false],
      ['page.html', '<html><b>x', 'text/plain; charset=utf-8', false],
      ['book.pdf', '%PDF-1.4 x', 'application/pdf', true],
      ['packed.gz', '\x1f\x8b\x08x', 'application/x-gzip', true],
      ['packed.zip', 'PK\x03\x04x', 'application/zip', true],
      ['module.mpy', 'M\x06\x00\x1f', 'application/octet-stream', true],
      ['latin.txt', 'caf\xe9', 'text/plain; charset=utf-8', false],
    ])('finds out what %s is', async (name, content, type, isDownload) => {
      const { repo, fresh } = site();
      const repository = await fresh({ [name]: Buffer.from(content, 'latin1') });
      const { headers } = await repo(`ann/${repository}/raw/main/${name}`);
      expect(headers['content-type']).toBe(type);
      expect(headers['content-disposition'] !== undefined).toBe(isDownload);
    });

    it('takes a branch with slashes, a tag and a whole commit id for a ref', async () => {
      const { first, second } = site().commits;
      expect((await raw('feature/x/src/main.py')).text).toBe('print("feature")\n');
      expect((await raw('feature%2Fx/src/main.py')).text).toBe('print("feature")\n');
      for (const ref of ['v1', 'light', first, second]) {
        expect((await raw(`${ref}/src/main.py`)).text).toBe('print(1)\n');
      }
    });

    it('does not mind a slash before the ref, but one before the path', async () => {
      expect((await raw('/main/src/main.py')).text).toBe('print(1)\n');
      expect((await raw('main//src/main.py')).status).toBe(500);
    });

    it.each([...oddNames, 'back\\slash.txt'])('finds the file %s', async (name) => {
      const content = name === 'back\\slash.txt' ? 'backslash\n' : `${name}\n`;
      expect((await raw(`main/odd/${encodePath(name)}`)).text).toBe(content);
    });

    it('answers 404 with nothing for a file that is not there, and in an empty repository', async () => {
      for (const path of ['ann/kit/raw/main/nope', 'ann/kit/raw/main/src/nope', 'ann/void/raw/main/x']) {
        const reply = await site().repo(path);
        expect([path, reply.status, reply.text]).toEqual([path, 404, '']);
      }
    });

    it('answers 404 with a page for a ref that is not there, a short id too', async () => {
      for (const ref of ['nope', unknownId, site().commits.first.slice(0, 8)]) {
        expect(isPageNotFound(await raw(`${ref}/src/main.py`))).toBe(true);
      }
    });

    it('fails on what is no file', async () => {
      for (const path of ['main', 'main/src', 'main/link', 'main/vendor/mod', 'main/src/main.py/x']) {
        const reply = await raw(path);
        expect([path, reply.status, reply.json()]).toEqual([path, 500, failureBody]);
      }
    });

    it('knows neither ranges nor conditions', async () => {
      const headers = { Range: 'bytes=0-3', 'If-Modified-Since': 'Thu, 01 Jan 2037 00:00:00 GMT' };
      const reply = await site().repo('ann/kit/raw/main/src/main.py', { headers });
      expect([reply.status, reply.text]).toEqual([200, 'print(1)\n']);
    });
  });

  describe('GET archive', () => {
    const archive = (file: string, headers = {}) => site().repo(`ann/kit/archive/${file}`, { headers });

    it('packs everything below the lower-case name of the repository', async () => {
      const reply = await archive('v1.tar.gz');
      expect(reply.status).toBe(200);
      const names = await inFolder(join(tmpdir(), 'ota-tar-'), async (folder) => {
        await writeFile(join(folder, 'kit.tar'), gunzipSync(reply.body));
        return execFileSync('tar', ['tf', join(folder, 'kit.tar')], { encoding: 'utf8' }).split('\n');
      });
      expect(names).toContain('kit/src/lib/deep/a.py');
      expect(names.every((name) => name === '' || name.startsWith('kit/'))).toBe(true);
    });

    it('is a file with a length', async () => {
      const reply = await archive('main.zip');
      expect(reply.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-length': String(reply.body.length),
        'content-disposition': 'attachment; filename=Kit-main.zip',
        'accept-ranges': 'bytes',
      });
      expect(reply.text.startsWith('PK')).toBe(true);
    });

    it('gives a part of it', async () => {
      const whole = await archive('main.zip');
      const part = await archive('main.zip', { Range: 'bytes=2-5' });
      expect(part.status).toBe(206);
      expect(part.headers['content-range']).toBe(`bytes 2-5/${whole.body.length}`);
      expect(part.body.equals(whole.body.subarray(2, 6))).toBe(true);
    });

    it('answers 416 to a range that is none or lies behind its end', async () => {
      for (const range of ['bytes=9999999-', 'bytes=5-2', 'bytes=a-b', 'items=0-1']) {
        const reply = await archive('main.zip', { Range: range });
        expect([range, reply.status, reply.text.slice(0, 13)]).toEqual([range, 416, 'invalid range']);
      }
    });

    it('answers 304 when it is not newer, and HEAD with its length', async () => {
      const later = await archive('main.zip', { 'If-Modified-Since': 'Thu, 01 Jan 2037 00:00:00 GMT' });
      expect([later.status, later.text]).toEqual([304, '']);
      const head = await site().repo('ann/kit/archive/main.zip', { method: 'HEAD' });
      expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
    });

    it('takes branches with slashes, tags and ids of 7 to 40 digits', async () => {
      const { first } = site().commits;
      for (const ref of ['feature/x', 'feature%2Fx', 'v1', 'light', first, first.slice(0, 7), 'empty-tree']) {
        expect((await archive(`${ref}.zip`)).status).toBe(200);
      }
    });

    it('answers 404 with a page for any other ref or format', async () => {
      const { first } = site().commits;
      const files = ['nope.zip', 'main.rar', 'main', `${unknownId}.zip`, `${first.slice(0, 6)}.zip`];
      for (const file of files) expect([file, isPageNotFound(await archive(file))]).toEqual([file, true]);
      expect(isPageNotFound(await site().repo('ann/void/archive/main.zip'))).toBe(true);
    });
  });

  describe('an unknown route', () => {
    it.each([
      ['GET', '/none'],
      ['GET', ''],
      ['GET', '/repos/ann/kit/none'],
      ['GET', '/repos/ann/kit/git/trees'],
      ['GET', '/repos/ann/kit/tags/v1'],
      ['GET', '/repos/ann/kit/raw'],
      ['DELETE', '/repos/ann/kit/contents/src/main.py'],
      ['POST', '/repos/ann/kit/contents/new.txt'],
      ['PUT', '/repos/ann/kit/contents'],
    ])('is a page: %s %s', async (method, path) => {
      expect(isPageNotFound(await site().api(path, { method, token: site().tokens.ann }))).toBe(true);
    });
  });
}
