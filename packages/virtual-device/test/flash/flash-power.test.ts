import { describe, expect, it } from 'vitest';
import { PowerCutError } from '../../src/flash/flash-error.ts';
import type { Flash } from '../../src/flash/flash.ts';
import type { FlashOperation } from '../../src/flash/flash-types.ts';
import { errnoOf, flashKinds, readAll, save } from './flash-kinds.ts';

/** Every kind of operation, and a sync. */
function script(flash: Flash): void {
  save(flash, '/a', 'abcd');
  save(flash, '/a', 'EF');
  flash.mkdir('/d');
  flash.rename('/a', '/d/b');
  const handle = flash.open('/c', { create: true, exclusive: true, write: true });
  flash.write(handle, 0, Buffer.from('xy'));
  flash.sync(handle);
  flash.write(handle, 2, Buffer.from('zw'));
  flash.truncate(handle, 3);
  flash.close(handle);
  flash.remove('/d/b');
  flash.rmdir('/d');
}

/** By hand: what is durable once so many operations have happened. */
const durableAfter = [
  { did: undefined, onClose: '', onWrite: '' },
  { did: 'create /a', onClose: '/a=', onWrite: '/a=' },
  { did: 'write /a 4', onClose: '/a=', onWrite: '/a=abcd' },
  { did: 'close /a', onClose: '/a=abcd', onWrite: '/a=abcd' },
  { did: 'truncate /a', onClose: '/a=abcd', onWrite: '/a=' },
  { did: 'write /a 2', onClose: '/a=abcd', onWrite: '/a=EF' },
  { did: 'close /a', onClose: '/a=EF', onWrite: '/a=EF' },
  { did: 'mkdir /d', onClose: '/a=EF /d/', onWrite: '/a=EF /d/' },
  { did: 'rename /a /d/b', onClose: '/d/b=EF /d/', onWrite: '/d/b=EF /d/' },
  { did: 'create /c', onClose: '/c= /d/b=EF /d/', onWrite: '/c= /d/b=EF /d/' },
  // The sync comes after this write: it is lost if the power goes before the next operation but one.
  { did: 'write /c 2', onClose: '/c=xy /d/b=EF /d/', onWrite: '/c=xy /d/b=EF /d/' },
  { did: 'write /c 2', onClose: '/c=xy /d/b=EF /d/', onWrite: '/c=xyzw /d/b=EF /d/' },
  { did: 'truncate /c', onClose: '/c=xy /d/b=EF /d/', onWrite: '/c=xyz /d/b=EF /d/' },
  { did: 'close /c', onClose: '/c=xyz /d/b=EF /d/', onWrite: '/c=xyz /d/b=EF /d/' },
  { did: 'remove /d/b', onClose: '/c=xyz /d/', onWrite: '/c=xyz /d/' },
  { did: 'rmdir /d', onClose: '/c=xyz', onWrite: '/c=xyz' },
];

/** By hand: where half a write lands, by the number of the operation. */
const halfOnWrite = new Map([
  [2, '/a=ab'],
  [5, '/a=E'],
  [10, '/c=x /d/b=EF /d/'],
  [11, '/c=xyz /d/b=EF /d/'],
]);

const cuts = Array.from({ length: durableAfter.length - 1 }, (_, index) => index + 1);

function describeOperation({ kind, path, to, bytes }: FlashOperation): string {
  return [kind, path, to, bytes].filter((part) => part !== undefined).join(' ');
}

function contents(flash: Flash): string {
  const { files, directories } = flash.image();
  const texts = [...files].map(([path, bytes]) => `${path}=${Buffer.from(bytes).toString()}`).sort();
  return [...texts, ...directories.map((path) => `${path}/`)].join(' ');
}

describe.each(flashKinds)('power of a flash ($kind)', ({ make }) => {
  describe.each(['on-close', 'on-write'] as const)('durability %s', (durability) => {
    const expected = (count: number) => {
      const state = durableAfter[count];
      return durability === 'on-close' ? state?.onClose : state?.onWrite;
    };

    it('counts the operations that change it', () => {
      const flash = make({ durability });
      script(flash);
      expect(flash.operations.map(describeOperation)).toEqual(durableAfter.slice(1).map(({ did }) => did));
      expect(contents(flash)).toBe(expected(cuts.length));
    });

    it.each(cuts)('keeps what was durable before operation %i when that is cut', (atOperation) => {
      const flash = make({ durability });
      const seen: FlashOperation[] = [];
      flash.onPowerCut = (operation) => seen.push(operation);
      flash.cutPower({ atOperation, phase: 'before' });
      expect(() => {
        script(flash);
      }).toThrow(PowerCutError);
      expect(seen.map(describeOperation)).toEqual([durableAfter[atOperation]?.did]);
      expect(flash.operations).toHaveLength(atOperation - 1);
      expect(contents(flash)).toBe(expected(atOperation - 1));
      flash.powerOn();
      expect(contents(flash)).toBe(expected(atOperation - 1));
    });

    it.each(cuts)('lands half of operation %i at most when it is cut on its way', (atOperation) => {
      const flash = make({ durability });
      flash.cutPower({ atOperation, phase: 'during' });
      expect(() => {
        script(flash);
      }).toThrow(PowerCutError);
      flash.powerOn();
      const half = durability === 'on-write' ? halfOnWrite.get(atOperation) : undefined;
      expect(contents(flash)).toBe(half ?? expected(atOperation - 1));
    });

    it('is not cut where the script ends before', () => {
      const flash = make({ durability });
      flash.cutPower({ atOperation: cuts.length + 1, phase: 'before' });
      script(flash);
      expect(contents(flash)).toBe(expected(cuts.length));
    });
  });

  it('refuses every call of a driver from the cut to powerOn', () => {
    const flash = make();
    flash.writeFile('/a', 'x');
    const handle = flash.open('/a', { write: true });
    flash.cutPower({ atOperation: 1, phase: 'before' });
    expect(() => {
      flash.mkdir('/d');
    }).toThrow(expect.objectContaining({ code: 'POWER_CUT', operation: { kind: 'mkdir', path: '/d' } }));
    const calls: (() => unknown)[] = [
      () => flash.stat('/a'),
      () => flash.readdir('/'),
      () => {
        flash.mkdir('/d');
      },
      () => {
        flash.rmdir('/d');
      },
      () => {
        flash.remove('/a');
      },
      () => {
        flash.rename('/a', '/b');
      },
      () => {
        flash.rename('/a', '/a');
      },
      () => flash.open('/a'),
      () => flash.read(handle, 0, Buffer.alloc(1)),
      () => flash.write(handle, 0, Buffer.from('y')),
      () => {
        flash.truncate(handle, 0);
      },
      () => flash.size(handle),
      () => {
        flash.sync(handle);
      },
      () => {
        flash.close(handle);
      },
      () => flash.statvfs(),
    ];
    for (const call of calls) expect(call).toThrow(PowerCutError);
    flash.powerOn();
    expect(flash.readdir('/')).toEqual(['a']);
  });

  it('lets tests look and repair while the power is off', () => {
    const flash = make();
    flash.writeFile('/a', 'x');
    flash.powerOff();
    expect(flash.readText('/a')).toBe('x');
    flash.writeFile('/b', 'y');
    flash.removeTree('/a');
    flash.powerOn();
    expect(flash.files()).toEqual(['/b']);
  });

  it('forgets handles, operations and the armed cut at powerOn, cut or not', () => {
    const flash = make();
    const handle = flash.open('/a', { create: true, write: true });
    flash.write(handle, 0, Buffer.from('lost'));
    flash.cutPower({ atOperation: 3, phase: 'before' });
    flash.powerOn();
    expect(flash.operations).toEqual([]);
    expect(errnoOf(() => flash.size(handle))).toBe(9);
    expect(flash.readText('/a')).toBe('');
    save(flash, '/b', 'no cut');
    expect(flash.readText('/b')).toBe('no cut');
  });

  it('goes off on request, without a listener being called', () => {
    const flash = make();
    flash.onPowerCut = () => {
      throw new Error('called');
    };
    const handle = flash.open('/a', { create: true, write: true });
    flash.write(handle, 0, Buffer.from('lost'));
    flash.powerOff();
    expect(() => flash.stat('/a')).toThrow(PowerCutError);
    flash.powerOn();
    expect(flash.stat('/a').size).toBe(0);
  });

  it('refuses to cut at an operation that is over, or is none', () => {
    const flash = make();
    save(flash, '/a', 'x');
    for (const atOperation of [3, 0, -1, 4.5, NaN]) {
      expect(() => {
        flash.cutPower({ atOperation, phase: 'before' });
      }).toThrow(RangeError);
    }
  });

  it('does not count calls that fail', () => {
    const flash = make();
    flash.cutPower({ atOperation: 1, phase: 'before' });
    expect(errnoOf(() => flash.open('/no'))).toBe(2);
    expect(
      errnoOf(() => {
        flash.rename('/no', '/x');
      }),
    ).toBe(2);
    expect(
      errnoOf(() => {
        flash.remove('/no');
      }),
    ).toBe(2);
    expect(flash.operations).toEqual([]);
  });
});

describe.each(flashKinds)('open files of a flash ($kind)', ({ make }) => {
  it('show a change to others after sync or close only (on-close)', () => {
    const flash = make();
    save(flash, '/a', 'old');
    const writer = flash.open('/a', { write: true });
    const reader = flash.open('/a');
    flash.write(writer, 0, Buffer.from('newer'));
    expect(flash.stat('/a').size).toBe(3);
    flash.sync(writer);
    expect(flash.stat('/a').size).toBe(5);
    expect(readAll(flash, reader)).toBe('old');
    expect(readAll(flash, flash.open('/a'))).toBe('newer');
    flash.write(writer, 5, Buffer.from('!'));
    flash.close(writer);
    expect(flash.stat('/a').size).toBe(6);
  });

  it('show a change to others at once (on-write)', () => {
    const flash = make({ durability: 'on-write' });
    save(flash, '/a', 'old');
    const writer = flash.open('/a', { write: true });
    const reader = flash.open('/a');
    flash.write(writer, 0, Buffer.from('newer'));
    expect(flash.stat('/a').size).toBe(5);
    expect(readAll(flash, reader)).toBe('newer');
  });

  it.each(['on-close', 'on-write'] as const)(
    'lose their place when their name goes to another (%s)',
    (durability) => {
      const flash = make({ durability });
      for (const path of ['/removed', '/renamed', '/replaced', '/next/a'])
        save(flash, path.replace('/next', ''), 'old');
      flash.mkdir('/next');
      flash.rename('/a', '/next/a');
      const handles = ['/removed', '/renamed', '/replaced', '/next/a'].map((path) =>
        flash.open(path, { write: true }),
      );
      flash.remove('/removed');
      flash.rename('/renamed', '/replaced');
      flash.rename('/next', '/src');
      for (const handle of handles) {
        flash.write(handle, 0, Buffer.from('NEW'));
        expect(readAll(flash, handle)).toBe('NEW');
        flash.close(handle);
      }
      expect(contents(flash)).toBe('/replaced=old /src/a=old /src/');
    },
  );
});
