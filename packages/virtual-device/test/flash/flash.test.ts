import { describe, expect, it } from 'vitest';
import { flashErrno } from '../../src/flash/flash-error.ts';
import { Flash } from '../../src/flash/flash.ts';
import { errnoOf, flashKinds, readAll, save } from './flash-kinds.ts';

const { EBADF, EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR, ENOTEMPTY } = flashErrno;

describe.each(flashKinds)('Flash ($kind)', ({ make }) => {
  it('starts with an empty root', () => {
    const flash = make();
    expect(flash.stat('/')).toMatchObject({ type: 'directory', size: 0 });
    expect(flash.readdir('/')).toEqual([]);
    expect(flash.files()).toEqual([]);
  });

  it('keeps what was written', () => {
    const flash = make();
    const before = Date.now();
    save(flash, '/a', 'hello');
    expect(flash.readText('/a')).toBe('hello');
    expect(flash.stat('/a')).toMatchObject({ type: 'file', size: 5 });
    // File systems of the host may have a coarse clock.
    expect(Math.abs(flash.stat('/a').modifiedMs - before)).toBeLessThan(5000);
  });

  it('keeps bytes of every value', () => {
    const flash = make();
    const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => index % 256);
    const handle = flash.open('/a', { create: true, write: true });
    flash.write(handle, 0, bytes);
    flash.close(handle);
    expect(new Uint8Array(flash.readFile('/a'))).toEqual(bytes);
  });

  it('does not hold on to the bytes it was given', () => {
    const flash = make();
    const bytes = Buffer.from('abc');
    const handle = flash.open('/a', { create: true, write: true });
    flash.write(handle, 0, bytes);
    flash.writeFile('/b', bytes);
    bytes.fill('x');
    flash.close(handle);
    expect(flash.readText('/a') + flash.readText('/b')).toBe('abcabc');
  });

  describe('open', () => {
    it.each([
      { title: 'a missing file', path: '/no', options: {}, errno: ENOENT },
      { title: 'a missing file for writing', path: '/no', options: { write: true }, errno: ENOENT },
      { title: 'a file in a missing directory', path: '/no/a', options: { create: true }, errno: ENOENT },
      { title: 'a file below a file', path: '/file/a', options: { create: true }, errno: ENOTDIR },
      { title: 'a directory', path: '/directory', options: {}, errno: EISDIR },
      { title: 'the root', path: '/', options: { write: true }, errno: EISDIR },
      {
        title: 'a taken name exclusively',
        path: '/file',
        options: { create: true, exclusive: true },
        errno: EEXIST,
      },
      { title: 'a relative path', path: 'file', options: {}, errno: EINVAL },
      { title: 'a path that is not normalised', path: '/directory/../file', options: {}, errno: EINVAL },
      { title: 'a path with an empty name', path: '/directory//file', options: {}, errno: EINVAL },
      { title: 'a name with a zero byte', path: '/a\0', options: { create: true }, errno: EINVAL },
      {
        title: 'a name of 256 bytes',
        path: `/${'ä'.repeat(128)}`,
        options: { create: true },
        errno: ENAMETOOLONG,
      },
    ])('refuses $title', ({ path, options, errno }) => {
      const flash = make();
      flash.writeFile('/file', 'x');
      flash.mkdir('/directory');
      expect(errnoOf(() => flash.open(path, options))).toBe(errno);
      expect(flash.files()).toEqual(['/file']);
    });

    it('takes a name of 255 bytes', () => {
      const flash = make();
      save(flash, `/${'n'.repeat(255)}`, 'x');
      expect(flash.readdir('/')).toEqual(['n'.repeat(255)]);
    });

    it('gives every handle a number of its own', () => {
      const flash = make();
      const first = flash.open('/a', { create: true });
      flash.close(first);
      expect(flash.open('/a')).not.toBe(first);
    });

    it('truncates when asked, and not otherwise', () => {
      const flash = make();
      flash.writeFile('/a', 'hello');
      flash.close(flash.open('/a', { create: true, write: true }));
      expect(flash.readText('/a')).toBe('hello');
      flash.close(flash.open('/a', { truncate: true }));
      expect(flash.readText('/a')).toBe('');
    });
  });

  describe('read and write', () => {
    it('reads at any position, as far as there is something', () => {
      const flash = make();
      flash.writeFile('/a', 'hello');
      const handle = flash.open('/a');
      const target = Buffer.alloc(3);
      expect(flash.read(handle, 1, target)).toBe(3);
      expect(target.toString()).toBe('ell');
      expect(flash.read(handle, 4, target)).toBe(1);
      expect(flash.read(handle, 5, target)).toBe(0);
      expect(flash.read(handle, 500, target)).toBe(0);
    });

    it('overwrites in the middle and leaves the rest', () => {
      const flash = make();
      flash.writeFile('/a', 'hello');
      const handle = flash.open('/a', { write: true });
      expect(flash.write(handle, 1, Buffer.from('EL'))).toBe(2);
      flash.close(handle);
      expect(flash.readText('/a')).toBe('hELlo');
    });

    it('fills a gap with zeros, also where there were bytes before', () => {
      const flash = make();
      flash.writeFile('/a', 'hello');
      const handle = flash.open('/a', { write: true });
      flash.truncate(handle, 1);
      flash.write(handle, 3, Buffer.from('!'));
      flash.truncate(handle, 6);
      flash.close(handle);
      expect(flash.readText('/a')).toBe('h\0\0!\0\0');
    });

    it('appends whatever position is named', () => {
      const flash = make();
      flash.writeFile('/a', 'hello');
      const handle = flash.open('/a', { append: true });
      flash.write(handle, 0, Buffer.from(' wor'));
      flash.write(handle, 2, Buffer.from('ld'));
      expect(flash.size(handle)).toBe(11);
      flash.close(handle);
      expect(flash.readText('/a')).toBe('hello world');
    });

    it('reads back through the same handle at once', () => {
      const flash = make();
      const handle = flash.open('/a', { create: true, write: true });
      flash.write(handle, 0, Buffer.from('hello'));
      expect(readAll(flash, handle)).toBe('hello');
      flash.close(handle);
    });

    it('refuses a handle that is closed, never was, or is for reading only', () => {
      const flash = make();
      flash.writeFile('/a', 'x');
      const handle = flash.open('/a');
      expect(errnoOf(() => flash.write(handle, 0, Buffer.from('y')))).toBe(EBADF);
      expect(
        errnoOf(() => {
          flash.truncate(handle, 0);
        }),
      ).toBe(EBADF);
      flash.close(handle);
      for (const call of [
        () => flash.read(handle, 0, Buffer.alloc(1)),
        () => flash.size(handle),
        () => {
          flash.sync(handle);
        },
        () => {
          flash.close(handle);
        },
        () => flash.size(4711),
      ]) {
        expect(errnoOf(call)).toBe(EBADF);
      }
    });

    it.each([-1, 0.5, NaN, Infinity])('refuses %d as a position or a size', (value) => {
      const flash = make();
      const handle = flash.open('/a', { create: true, write: true });
      expect(errnoOf(() => flash.write(handle, value, Buffer.from('y')))).toBe(EINVAL);
      expect(errnoOf(() => flash.read(handle, value, Buffer.alloc(1)))).toBe(EINVAL);
      expect(
        errnoOf(() => {
          flash.truncate(handle, value);
        }),
      ).toBe(EINVAL);
    });
  });

  describe('directories', () => {
    it('lists names, sorted, of one level', () => {
      const flash = make();
      flash.mkdir('/lib');
      flash.mkdir('/lib/ota');
      save(flash, '/lib/ota/node.py', '');
      save(flash, '/lib/b', '');
      save(flash, '/lib/a', '');
      save(flash, '/library', '');
      expect(flash.readdir('/')).toEqual(['lib', 'library']);
      expect(flash.readdir('/lib')).toEqual(['a', 'b', 'ota']);
    });

    it('refuses to list what is none', () => {
      const flash = make();
      save(flash, '/a', '');
      expect(errnoOf(() => flash.readdir('/a'))).toBe(ENOTDIR);
      expect(errnoOf(() => flash.readdir('/no'))).toBe(ENOENT);
      expect(errnoOf(() => flash.readdir('/a/b'))).toBe(ENOTDIR);
      expect(errnoOf(() => flash.stat('/a/b'))).toBe(ENOTDIR);
      expect(errnoOf(() => flash.stat('/no/b'))).toBe(ENOENT);
    });

    it('makes none twice, nor without a parent', () => {
      const flash = make();
      flash.mkdir('/a');
      save(flash, '/file', '');
      for (const taken of ['/a', '/file', '/']) {
        expect(
          errnoOf(() => {
            flash.mkdir(taken);
          }),
        ).toBe(EEXIST);
      }
      expect(
        errnoOf(() => {
          flash.mkdir('/no/b');
        }),
      ).toBe(ENOENT);
      expect(
        errnoOf(() => {
          flash.mkdir('/file/b');
        }),
      ).toBe(ENOTDIR);
    });
  });

  describe.each(['remove', 'rmdir'] as const)('%s', (call) => {
    it('removes a file and an empty directory, as LittleFS does', () => {
      const flash = make();
      flash.mkdir('/directory');
      save(flash, '/file', '');
      flash[call]('/directory');
      flash[call]('/file');
      expect(flash.readdir('/')).toEqual([]);
    });

    it.each([
      { path: '/full', errno: ENOTEMPTY },
      { path: '/no', errno: ENOENT },
      { path: '/', errno: EINVAL },
      { path: '/full/file/x', errno: ENOTDIR },
    ])('refuses $path', ({ path, errno }) => {
      const flash = make();
      flash.writeFile('/full/file', '');
      expect(
        errnoOf(() => {
          flash[call](path);
        }),
      ).toBe(errno);
      expect(flash.files()).toEqual(['/full/file']);
    });
  });

  describe('rename', () => {
    it('moves a file, also over another', () => {
      const flash = make();
      save(flash, '/a', 'new');
      save(flash, '/b', 'old');
      flash.rename('/a', '/b');
      expect(flash.files()).toEqual(['/b']);
      expect(flash.readText('/b')).toBe('new');
    });

    it('moves a directory with all that is in it, also over an empty one', () => {
      const flash = make();
      flash.writeFile('/next/lib/a.py', 'a');
      flash.writeFile('/nextdoor', 'stays');
      flash.mkdir('/src');
      flash.rename('/next', '/src');
      expect(flash.files()).toEqual(['/nextdoor', '/src/lib/a.py']);
      expect(flash.readdir('/src')).toEqual(['lib']);
    });

    it('leaves a name renamed to itself alone', () => {
      const flash = make();
      save(flash, '/a', 'x');
      flash.powerOn();
      flash.rename('/a', '/a');
      expect(flash.readText('/a')).toBe('x');
      expect(flash.operations).toEqual([]);
    });

    it.each([
      { from: '/no', to: '/new', errno: ENOENT },
      { from: '/file', to: '/no/new', errno: ENOENT },
      { from: '/file', to: '/full/file/new', errno: ENOTDIR },
      { from: '/file', to: '/empty', errno: EISDIR },
      { from: '/empty', to: '/file', errno: ENOTDIR },
      { from: '/empty', to: '/full', errno: ENOTEMPTY },
      { from: '/full', to: '/full/inside', errno: EINVAL },
      { from: '/', to: '/new', errno: EINVAL },
      { from: '/empty', to: '/', errno: EINVAL },
    ])('refuses $from to $to', ({ from, to, errno }) => {
      const flash = make();
      flash.writeFile('/full/file', '');
      flash.writeFile('/file', '');
      flash.mkdir('/empty');
      const before = flash.image();
      expect(
        errnoOf(() => {
          flash.rename(from, to);
        }),
      ).toBe(errno);
      expect(flash.image()).toEqual(before);
    });
  });

  it('throws errors that say what is wrong, with a code and an errno', () => {
    const flash = make();
    expect(() => flash.stat('/no')).toThrow(
      expect.objectContaining({ code: 'FLASH', errno: 2, message: expect.stringContaining('/no') as string }),
    );
  });

  describe('for tests and tools', () => {
    it('writes text and bytes, with the directories above', () => {
      const flash = make();
      flash.writeFile('/lib/ota/a.py', 'ä');
      flash.writeFile('/lib/ota/b', Uint8Array.of(0, 255));
      flash.writeFile('/lib/ota/b', Uint8Array.of(1));
      expect(flash.files()).toEqual(['/lib/ota/a.py', '/lib/ota/b']);
      expect([...flash.readFile('/lib/ota/a.py')]).toEqual([0xc3, 0xa4]);
      expect([...flash.readFile('/lib/ota/b')]).toEqual([1]);
      expect(flash.operations).toEqual([]);
    });

    it('knows what exists', () => {
      const flash = make();
      flash.writeFile('/a/b', '');
      expect(['/', '/a', '/a/b', '/a/b/c', '/x', '/x/y'].map((path) => flash.exists(path))).toEqual([
        true,
        true,
        true,
        false,
        false,
        false,
      ]);
    });

    it('refuses to read or write a directory as a file', () => {
      const flash = make();
      flash.mkdir('/a');
      expect(errnoOf(() => flash.readFile('/a'))).toBe(EISDIR);
      expect(
        errnoOf(() => {
          flash.writeFile('/a', '');
        }),
      ).toBe(EISDIR);
      expect(errnoOf(() => flash.readFile('/no'))).toBe(ENOENT);
    });

    it('removes trees, of which there need be none', () => {
      const flash = make();
      flash.writeFile('/a/b/c', '');
      flash.writeFile('/ab', '');
      flash.removeTree('/a');
      flash.removeTree('/a');
      expect(flash.readdir('/')).toEqual(['ab']);
      flash.removeTree('/ab');
      flash.writeFile('/x/y', '');
      flash.removeTree('/');
      expect(flash.readdir('/')).toEqual([]);
    });

    it('captures all of itself and goes back to it', () => {
      const flash = make();
      flash.writeFile('/a/b', 'one');
      flash.mkdir('/empty');
      const image = flash.image();
      expect(image.directories).toEqual(['/a', '/empty']);
      expect(image.files).toEqual(new Map([['/a/b', new Uint8Array(Buffer.from('one'))]]));
      flash.writeFile('/a/b', 'two');
      flash.writeFile('/c', 'three');
      flash.removeTree('/empty');
      flash.restore(structuredClone(image));
      expect(flash.image()).toEqual(image);
      expect(flash.readText('/a/b')).toBe('one');
    });

    it('restores what another flash held', () => {
      const from = Flash.memory();
      from.writeFile('/src/lib/a', 'x');
      const flash = make();
      flash.restore(from.image());
      expect(flash.image()).toEqual(from.image());
    });
  });
});

describe('Flash (memory)', () => {
  it('tells names apart by case', () => {
    const flash = Flash.memory();
    save(flash, '/A', 'upper');
    save(flash, '/a', 'lower');
    expect([flash.readText('/A'), flash.readText('/a')]).toEqual(['upper', 'lower']);
  });

  it.each([{ blockSize: 0 }, { blockSize: 1.5 }, { sizeBytes: 4096 }, { sizeBytes: NaN }])(
    'refuses %j',
    (options) => {
      expect(() => Flash.memory(options)).toThrow(TypeError);
    },
  );
});
