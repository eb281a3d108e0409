import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectoryStore } from '../../src/flash/directory-store.ts';
import { Flash } from '../../src/flash/flash.ts';
import { errnoOf, save, temporaryDirectory } from './flash-kinds.ts';

describe('a flash in a directory', () => {
  it('makes the directory if there is none', () => {
    const root = join(temporaryDirectory(), 'a', 'b');
    save(Flash.directory(root), '/file', 'x');
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('x');
  });

  it('holds what was there before', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'lib'));
    writeFileSync(join(root, 'lib', 'a.py'), 'before');
    const flash = Flash.directory(root);
    expect(flash.files()).toEqual(['/lib/a.py']);
    expect(flash.readText('/lib/a.py')).toBe('before');
  });

  it('sees what others change', () => {
    const root = temporaryDirectory();
    const flash = Flash.directory(root);
    save(flash, '/a', 'mine');
    writeFileSync(join(root, 'a'), 'theirs!');
    expect(flash.stat('/a').size).toBe(7);
    rmSync(join(root, 'a'));
    expect(flash.exists('/a')).toBe(false);
  });

  it('never counts as fuller than full', () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'large'), Buffer.alloc(100_000));
    const flash = Flash.directory(root, { sizeBytes: 10 * 4096 });
    expect(flash.statvfs().freeBlocks).toBe(0);
  });

  it('does not follow links, which could lead out of it', () => {
    const outside = temporaryDirectory();
    writeFileSync(join(outside, 'secret'), 'safe');
    const root = temporaryDirectory();
    symlinkSync(outside, join(root, 'directory'), 'junction');
    symlinkSync(join(outside, 'secret'), join(root, 'file'));
    const flash = Flash.directory(root);
    expect(flash.readdir('/')).toEqual([]);
    for (const path of ['/file', '/directory', '/directory/secret']) {
      expect(errnoOf(() => flash.open(path, { create: true, truncate: true }))).toBe(22);
      expect(
        errnoOf(() => {
          flash.writeFile(path, 'broken');
        }),
      ).toBe(22);
    }
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('safe');
  });

  it('may itself be reached by a link', () => {
    const outside = temporaryDirectory();
    const root = join(temporaryDirectory(), 'link');
    symlinkSync(outside, root, 'junction');
    save(Flash.directory(root), '/a', 'x');
    expect(readFileSync(join(outside, 'a'), 'utf8')).toBe('x');
  });

  it.each(['/../x', '/a/../../x'])('refuses a name that leaves it: %s', (path) => {
    const parent = temporaryDirectory();
    const root = join(parent, 'root');
    expect(
      errnoOf(() => {
        Flash.directory(root).writeFile(path, 'out');
      }),
    ).toBe(22);
    expect(
      errnoOf(() => {
        new DirectoryStore(root).replace(path, Buffer.from('out'));
      }),
    ).toBe(22);
  });

  it('reports trouble on the host as EIO, with the cause', () => {
    const root = temporaryDirectory();
    const flash = Flash.directory(root);
    rmSync(root, { recursive: true });
    expect(() => flash.readdir('/')).toThrow(
      expect.objectContaining({ errno: 5, cause: expect.objectContaining({ code: 'ENOENT' }) as Error }),
    );
  });
});
