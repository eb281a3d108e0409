import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { describeBoards, everyByte, withDevice } from '../helpers/specified-boards.ts';

const unsupported = { code: 'DEVICE_UNSUPPORTED' };

describeBoards('the files', (board, has) => {
  it('carry every byte there and back', () =>
    withDevice(board(), async ({ files }) => {
      for (const content of [
        everyByte,
        Buffer.alloc(0),
        Buffer.from('\x10P\x10D\x10E\x0e\x0f\x04\x00\x03\r\n'),
      ]) {
        await files.writeFile('/all.bin', content);
        expect((await files.readFile('/all.bin')).equals(content)).toBe(true);
      }
    }));

  it('are written from strings and streams, and replaced', () =>
    withDevice(board(), async ({ files }) => {
      await files.writeFile('/a.txt', 'zwölf');
      expect((await files.readFile('/a.txt')).toString()).toBe('zwölf');
      await files.writeFile('/a.txt', Readable.from([everyByte, 'and more']));
      const expected = Buffer.concat([everyByte, Buffer.from('and more')]);
      expect((await files.readFile('/a.txt')).equals(expected)).toBe(true);
    }));

  it('are listed, described, found and hashed', () =>
    withDevice(board(), async ({ files }) => {
      await files.writeFile('/b.py', 'bb');
      await files.writeFile('/a.py', 'a');
      expect(await files.readdir('/')).toEqual([
        { name: 'a.py', isDirectory: false, size: 1 },
        { name: 'b.py', isDirectory: false, size: 2 },
      ]);
      expect(await files.stat('/b.py')).toMatchObject({ size: 2, isFile: true, isDirectory: false });
      expect(await files.stat('/')).toMatchObject({ size: 0, isFile: false, isDirectory: true });
      expect(await files.exists('/b.py')).toBe(true);
      expect(await files.exists('/c.py')).toBe(false);
      expect(await files.sha256('/b.py')).toBe(createHash('sha256').update('bb').digest('hex'));
      const walked: string[] = [];
      for await (const { path } of files.walk('/')) walked.push(path);
      expect(walked).toEqual(['/a.py', '/b.py']);
    }));

  it('grow at the end, are copied and removed', () =>
    withDevice(board(), async ({ files }) => {
      await files.appendFile('/log', 'one\n');
      await files.appendFile('/log', everyByte);
      const expected = Buffer.concat([Buffer.from('one\n'), everyByte]);
      expect((await files.readFile('/log')).equals(expected)).toBe(true);
      const pieces = (await files.createReadStream('/log').toArray()) as Buffer[];
      expect(Buffer.concat(pieces).equals(expected)).toBe(true);
      await files.copy('/log', '/copy');
      expect((await files.readFile('/copy')).equals(expected)).toBe(true);
      await files.rm('/log');
      await files.rm('/log', { force: true });
      expect((await files.readdir('/')).map(({ name }) => name)).toEqual(['copy']);
    }));

  it('are renamed, or that is refused', () =>
    withDevice(board(), async ({ files }) => {
      await files.writeFile('/a', 'A');
      await files.writeFile('/b', 'B');
      const renaming = files.rename('/a', '/b');
      if (has.rename) await renaming;
      else await expect(renaming).rejects.toMatchObject(unsupported);
      const left = (await files.readdir('/')).map(({ name }) => name);
      expect(left).toEqual(has.rename ? ['b'] : ['a', 'b']);
      expect((await files.readFile('/b')).toString()).toBe(has.rename ? 'A' : 'B');
    }));

  it('have directories, or those are refused', () =>
    withDevice(board(), async ({ files }) => {
      if (!has.directories) {
        await expect(files.mkdir('/d')).rejects.toMatchObject(unsupported);
        await expect(files.mkdir('/d/e', { recursive: true })).rejects.toMatchObject(unsupported);
        await expect(files.rmdir('/d')).rejects.toMatchObject(unsupported);
        await expect(files.readdir('/d')).rejects.toMatchObject({ code: 'ENOENT' });
        return;
      }
      await files.mkdir('/d/e', { recursive: true });
      await files.mkdir('/d/e', { recursive: true });
      await files.writeFile('/d/e/f', 'F');
      expect(await files.readdir('/d')).toEqual([{ name: 'e', isDirectory: true, size: undefined }]);
      await expect(files.mkdir('/d')).rejects.toMatchObject({ code: 'EEXIST' });
      await expect(files.rmdir('/d')).rejects.toMatchObject({ code: 'ENOTEMPTY' });
      await expect(files.rm('/d')).rejects.toMatchObject({ code: 'EISDIR' });
      await files.rm('/d', { recursive: true });
      await files.mkdir('/w');
      await files.rmdir('/w');
      expect(await files.readdir('/')).toEqual([]);
    }));

  it('tell what space there is, or that they cannot', () =>
    withDevice(board(), async ({ files }) => {
      const asking = files.statvfs();
      if (!has.space) {
        await expect(asking).rejects.toMatchObject(unsupported);
        return;
      }
      const { totalBytes, freeBytes, blockSize } = await asking;
      expect(totalBytes % blockSize).toBe(0);
      expect(freeBytes).toBeLessThanOrEqual(totalBytes);
    }));

  it('refuse as those of Node do', () =>
    withDevice(board(), async ({ files }) => {
      const missing = { code: 'ENOENT', path: '/none' };
      await expect(files.readFile('/none')).rejects.toMatchObject({ ...missing, syscall: 'open' });
      await expect(files.stat('/none')).rejects.toMatchObject({ ...missing, syscall: 'stat' });
      await expect(files.rm('/none')).rejects.toMatchObject({ ...missing, syscall: 'rm' });
      await expect(files.copy('/none', '/x')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(files.sha256('/none')).rejects.toMatchObject(missing);
      await expect(files.readFile('')).rejects.toMatchObject({ code: 'DEVICE_PATH' });
      await expect(files.writeFile('/a\0b', '')).rejects.toMatchObject({ code: 'DEVICE_PATH' });
      await expect(files.rm('/', { recursive: true })).rejects.toMatchObject({ code: 'DEVICE_PATH' });
    }));

  it('are given up when a signal says so, or the stream they are written from stalls', () =>
    withDevice(board(), async ({ files }) => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await expect(files.writeFile('/a', 'A', { signal })).rejects.toBe(reason);
      await expect(files.readFile('/a', { signal })).rejects.toBe(reason);
      const stalled = new Readable({ read: () => undefined });
      await expect(files.writeFile('/a', stalled, { timeoutMs: 500 })).rejects.toMatchObject({
        code: 'REPL_TIMEOUT',
      });
      expect(stalled.destroyed).toBe(true);
      expect(await files.exists('/a')).toBe(false);
    }));
});
