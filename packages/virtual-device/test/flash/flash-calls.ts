import fc from 'fast-check';
import type { Flash } from '../../src/flash/flash.ts';

/** The handles that a random history has at hand. */
export class Handles {
  readonly #numbers = new Map<string | number, number>();
  readonly #isOnePerFile: boolean;

  constructor(options: { onePerFile: boolean }) {
    this.#isOnePerFile = options.onePerFile;
  }

  get({ path, slot }: Place): number {
    return this.#numbers.get(this.#isOnePerFile ? path : slot) ?? 0;
  }

  set({ path, slot }: Place, handle: number): void {
    this.#numbers.set(this.#isOnePerFile ? path : slot, handle);
  }
}

interface Place {
  path: string;
  slot: number;
}

/** A call on a flash, and what it answers. */
export type Call = (flash: Flash, handles: Handles) => unknown;

const path = fc.constantFrom('/a', '/b', '/d', '/d/a', '/d/b', '/d/e', '/d/e/a');
const place = { path, slot: fc.nat({ max: 2 }) };
const position = fc.nat({ max: 150 });
const length = fc.nat({ max: 250 });
const flag = fc.boolean();

const openCall = fc
  .record({ ...place, create: flag, exclusive: flag, truncate: flag, append: flag, write: flag })
  .map(({ path, slot, ...options }): Call => (flash, handles) => {
    const handle = flash.open(path, options);
    handles.set({ path, slot }, handle);
    return handle;
  });

const writeCall = fc
  .record({ ...place, position, length, value: fc.nat({ max: 255 }) })
  .map(({ position, length, value, ...place }): Call => {
    return (flash, handles) => flash.write(handles.get(place), position, Buffer.alloc(length, value));
  });

const readCall = fc.record({ ...place, position, length }).map(({ position, length, ...place }): Call => {
  return (flash, handles) => {
    const target = Buffer.alloc(length);
    return [flash.read(handles.get(place), position, target), target.toString('hex')];
  };
});

const truncateCall = fc
  .record({ ...place, size: fc.nat({ max: 300 }) })
  .map(({ size, ...place }): Call => (flash, handles) => {
    flash.truncate(handles.get(place), size);
  });

const handleCalls = (['close', 'sync', 'size'] as const).map((name) =>
  fc.record(place).map((place): Call => {
    return (flash, handles) => flash[name](handles.get(place));
  }),
);

const pathCalls = (['mkdir', 'rmdir', 'remove', 'readdir'] as const).map((name) =>
  path.map((path): Call => {
    return (flash) => flash[name](path);
  }),
);

const statCall = path.map((path): Call => (flash) => {
  const { type, size } = flash.stat(path);
  return { type, size };
});

const renameCall = fc.tuple(path, path).map(([from, to]): Call => (flash) => {
  flash.rename(from, to);
});

/** Calls of a driver. */
export const driverCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 5, arbitrary: openCall },
  { weight: 5, arbitrary: writeCall },
  { weight: 2, arbitrary: readCall },
  { weight: 3, arbitrary: renameCall },
  { weight: 6, arbitrary: fc.oneof(...pathCalls) },
  { weight: 4, arbitrary: fc.oneof(...handleCalls) },
  truncateCall,
  statCall,
  fc.constant<Call>((flash) => flash.statvfs()),
);

/** Calls of tests and tools. */
export const toolCall: fc.Arbitrary<Call> = fc.oneof(
  path.map((path): Call => (flash) => {
    flash.writeFile(path, path);
  }),
  path.map((path): Call => (flash) => {
    flash.removeTree(path);
  }),
  fc.constant<Call>((flash) => {
    flash.powerOn();
  }),
);

/** What came of a call, in a form that can be compared. */
export function outcome(call: Call, flash: Flash, handles: Handles): unknown {
  try {
    return { returned: call(flash, handles) };
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return { errno: error.errno };
    if (error instanceof Error && 'code' in error) return { code: error.code };
    throw error;
  }
}
