import { describe, expect, it } from 'vitest';
import { flashErrno } from '../../src/flash/flash-error.ts';
import { errnoOf, flashKinds, readAll, save } from './flash-kinds.ts';

const { ENOSPC } = flashErrno;
const blockSize = 100;
const sizeBytes = 10 * blockSize;

describe.each(flashKinds)('space on a flash ($kind)', ({ make }) => {
  it('is 2 MiB in blocks of 4096 bytes unless told otherwise', () => {
    expect(make().statvfs()).toEqual({ blockSize: 4096, totalBlocks: 512, freeBlocks: 510 });
  });

  it('is taken in whole blocks, two by each directory', () => {
    const flash = make({ sizeBytes, blockSize });
    const free = () => flash.statvfs().freeBlocks;
    expect(free()).toBe(8);
    flash.mkdir('/d');
    expect(free()).toBe(6);
    save(flash, '/d/a', 'x'.repeat(101));
    expect(free()).toBe(4);
    save(flash, '/d/empty', '');
    expect(free()).toBe(4);
    flash.remove('/d/a');
    flash.remove('/d/empty');
    flash.rmdir('/d');
    expect(free()).toBe(8);
  });

  it.each(['on-close', 'on-write'] as const)(
    'runs out: what fits is written, then errno 28 (%s)',
    (durability) => {
      const flash = make({ sizeBytes, blockSize, durability });
      const handle = flash.open('/a', { create: true, write: true });
      flash.write(handle, 0, Buffer.alloc(750, 'x'));
      expect(errnoOf(() => flash.write(handle, 750, Buffer.alloc(100, 'y')))).toBe(ENOSPC);
      expect(readAll(flash, handle)).toBe('x'.repeat(750) + 'y'.repeat(50));
      expect(errnoOf(() => flash.write(handle, 800, Buffer.from('z')))).toBe(ENOSPC);
      expect(flash.size(handle)).toBe(800);
      expect(flash.statvfs().freeBlocks).toBe(0);
      expect(flash.operations.map(({ kind, bytes }) => [kind, bytes])).toEqual([
        ['create', undefined],
        ['write', 750],
        ['write', 50],
      ]);
    },
  );

  it('of a write that did not fit, a close commits nothing (on-close, as LittleFS)', () => {
    const flash = make({ sizeBytes, blockSize });
    save(flash, '/a', 'old');
    const handle = flash.open('/a', { truncate: true });
    expect(errnoOf(() => flash.write(handle, 0, Buffer.alloc(900)))).toBe(ENOSPC);
    flash.close(handle);
    expect(flash.readText('/a')).toBe('old');
    expect(flash.statvfs().freeBlocks).toBe(7);
  });

  it('of a write that did not fit, a close commits what a later write made good (on-close, as LittleFS)', () => {
    const flash = make({ sizeBytes, blockSize });
    const handle = flash.open('/a', { create: true, write: true });
    expect(errnoOf(() => flash.write(handle, 0, Buffer.alloc(900, 'x')))).toBe(ENOSPC);
    flash.truncate(handle, 0);
    flash.write(handle, 0, Buffer.from('small'));
    flash.close(handle);
    expect(flash.readText('/a')).toBe('small');
  });

  it('of a write that did not fit, what did fit stays (on-write)', () => {
    const flash = make({ sizeBytes, blockSize, durability: 'on-write' });
    const handle = flash.open('/a', { create: true, write: true });
    expect(errnoOf(() => flash.write(handle, 0, Buffer.alloc(900, 'x')))).toBe(ENOSPC);
    flash.close(handle);
    expect(flash.readText('/a')).toBe('x'.repeat(800));
  });

  it('holds old and new of a file until it is closed (on-close)', () => {
    const flash = make({ sizeBytes, blockSize });
    save(flash, '/a', 'x'.repeat(500));
    const handle = flash.open('/a', { truncate: true });
    expect(errnoOf(() => flash.write(handle, 0, Buffer.alloc(400)))).toBe(ENOSPC);
    flash.truncate(handle, 0);
    flash.write(handle, 0, Buffer.alloc(300));
    expect(flash.statvfs().freeBlocks).toBe(0);
    flash.close(handle);
    expect(flash.statvfs().freeBlocks).toBe(5);
  });

  it('holds a file once while it is written over (on-write)', () => {
    const flash = make({ sizeBytes, blockSize, durability: 'on-write' });
    save(flash, '/a', 'x'.repeat(800));
    const handle = flash.open('/a', { write: true });
    flash.write(handle, 0, Buffer.alloc(800, 'y'));
    flash.close(handle);
    expect(flash.readText('/a')).toBe('y'.repeat(800));
  });

  it('shares the blocks before the first change of an open file (on-close)', () => {
    const flash = make({ sizeBytes, blockSize });
    save(flash, '/a', 'x'.repeat(650));
    const handle = flash.open('/a', { append: true });
    flash.write(handle, 0, Buffer.alloc(50, 'y'));
    expect(flash.statvfs().freeBlocks).toBe(0);
    flash.close(handle);
    expect(flash.stat('/a').size).toBe(700);
    expect(flash.statvfs().freeBlocks).toBe(1);
  });

  it('refuses to change a file in the middle when there is no block to copy it to (on-close)', () => {
    const flash = make({ sizeBytes, blockSize });
    save(flash, '/a', 'x'.repeat(800));
    const handle = flash.open('/a', { write: true });
    expect(errnoOf(() => flash.write(handle, 0, Buffer.from('y')))).toBe(ENOSPC);
    expect(readAll(flash, handle)).toBe('x'.repeat(800));
  });

  it('limits directories and truncate as well', () => {
    const flash = make({ sizeBytes, blockSize });
    save(flash, '/a', 'x'.repeat(700));
    expect(
      errnoOf(() => {
        flash.mkdir('/d');
      }),
    ).toBe(ENOSPC);
    const handle = flash.open('/b', { create: true, write: true });
    expect(
      errnoOf(() => {
        flash.truncate(handle, 101);
      }),
    ).toBe(ENOSPC);
    flash.truncate(handle, 100);
    flash.close(handle);
    expect(flash.statvfs().freeBlocks).toBe(0);
  });

  it('limits tools as well', () => {
    const flash = make({ sizeBytes, blockSize });
    flash.writeFile('/a', 'x'.repeat(800));
    flash.writeFile('/a', 'y'.repeat(800));
    expect(
      errnoOf(() => {
        flash.writeFile('/b', 'z');
      }),
    ).toBe(ENOSPC);
  });
});
