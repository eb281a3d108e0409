import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Flash } from '../../src/flash/flash.ts';
import type { FlashOptions } from '../../src/flash/flash-types.ts';
import { driverCall, Handles, outcome, toolCall, type Call } from './flash-calls.ts';
import { temporaryDirectory } from './flash-kinds.ts';

const blockSize = 100;
const totalBlocks = 8;
const sizeBytes = totalBlocks * blockSize;

const anyCall = fc.oneof({ weight: 8, arbitrary: driverCall }, { weight: 1, arbitrary: toolCall });

function history(flash: Flash, calls: readonly Call[], cutAt: number): unknown[] {
  const handles = new Handles({ onePerFile: false });
  flash.cutPower({ atOperation: cutAt, phase: 'during' });
  const outcomes = calls.map((call) => outcome(call, flash, handles));
  return [...outcomes, flash.operations, flash.image()];
}

describe('a flash under random calls', () => {
  it.each(['on-close', 'on-write'] as const)(
    'does in memory what it does in a directory (%s)',
    (durability) => {
      const root = temporaryDirectory();
      const options: FlashOptions = { durability, sizeBytes, blockSize };
      fc.assert(
        fc.property(fc.array(anyCall, { maxLength: 40 }), fc.integer({ min: 1, max: 30 }), (calls, cutAt) => {
          rmSync(root, { recursive: true, force: true });
          const inDirectory = history(Flash.directory(root, options), calls, cutAt);
          expect(inDirectory).toEqual(history(Flash.memory(options), calls, cutAt));
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(['on-close', 'on-write'] as const)('holds no more than its size (%s)', (durability) => {
    fc.assert(
      fc.property(fc.array(driverCall, { maxLength: 60 }), (calls) => {
        const flash = Flash.memory({ durability, sizeBytes, blockSize });
        const handles = new Handles({ onePerFile: true });
        for (const call of calls) outcome(call, flash, handles);
        flash.powerOn();
        const { files, directories } = flash.image();
        const ofFiles = [...files.values()].map((bytes) => Math.ceil(bytes.length / blockSize));
        const used = ofFiles.reduce((sum, count) => sum + count, 2 * (directories.length + 1));
        expect(used).toBeLessThanOrEqual(totalBlocks);
        expect(flash.statvfs().freeBlocks).toBe(totalBlocks - used);
      }),
      { numRuns: 500 },
    );
  });
});
