import type { ByteFault, RomFault } from '@ota/testbed';
import { describe, expect, it } from 'vitest';
import { connectPort } from '../src/flasher.ts';
import { FlasherError } from '../src/errors.ts';
import { contents } from './helpers/build-image.ts';
import { makeBoard, type Board } from './helpers/board.ts';

const runs = 1000;
/** So many at once: most of the time of each is spent on waiting. */
const lanes = 25;
/** Six attempts to reach the chip and five to write, on a machine that does other things too. */
const mostMs = 60_000;
const image = { data: contents(24_000), offset: 0x1_0000, type: 'data' as const };
const chips = ['esp32', 'esp32s3', 'esp32c3'] as const;

/** The same every time: a fault of this cable, this chip or the caller's patience, by the number of the run. */
function makeFaultyBoard(run: number): { board: Board; signal: AbortSignal | undefined; what: string } {
  const random = generator(run);
  const place = 400 + random(30_000);
  const pick = random(6);
  let isOver = false;
  const once = <T>(fault: T): T | undefined => {
    if (isOver) return undefined;
    isOver = true;
    return fault;
  };
  const chip = chips[run % chips.length] ?? 'esp32';
  if (pick < 3) {
    const direction = random(4) === 0 ? 'fromNode' : 'toNode';
    const at = direction === 'toNode' ? place : place % 1500;
    const fault: ByteFault = pick === 0 ? 'drop' : pick === 1 ? 'repeat' : { changeTo: random(256) };
    const loss = (way: string, index: number) =>
      way === direction && index === at ? once(fault) : undefined;
    return { board: makeBoard({ chip, link: { loss } }), signal: undefined, what: `byte ${at} ${direction}` };
  }
  if (pick === 3) {
    const loss = (way: string, index: number) => {
      if (way === 'toNode' && index === place && once(true)) board.cable().destroy();
      return undefined;
    };
    const board = makeBoard({ chip, link: { loss } });
    return { board, signal: undefined, what: `cut at ${place}` };
  }
  if (pick === 4) {
    const signal = AbortSignal.timeout(100 + random(500));
    return { board: makeBoard({ chip }), signal, what: 'cancelled' };
  }
  const faults: RomFault[] = ['lose', 'mute', 'refuse', 'deflate-error', 'die', 'wrong-md5'];
  const fault = faults[random(faults.length)] ?? 'lose';
  const which = random(60);
  const onCommand = ({ index }: { index: number }) => (index === which ? once(fault) : undefined);
  return { board: makeBoard({ chip, faults: { onCommand } }), signal: undefined, what: `${fault} ${which}` };
}

async function flash(board: Board, signal: AbortSignal | undefined): Promise<void> {
  const options = { commandMs: 400, ...(signal && { signal }) };
  const flasher = await connectPort(board.port, options);
  try {
    await flasher.writeFlash([image], options);
  } finally {
    await flasher.close();
  }
}

function isExpected(error: unknown, signal: AbortSignal | undefined): boolean {
  return error instanceof FlasherError || (signal?.aborted === true && error === signal.reason);
}

describe('a thousand writes with a fault in each', () => {
  it('end in time with success or an error of ours, the port free; the next one succeeds', async () => {
    const wrong: string[] = [];
    const ends: Record<string, number> = {};
    let next = 0;
    const lane = async () => {
      for (let run = next++; run < runs; run = next++) {
        const { board, signal, what } = makeFaultyBoard(run);
        const tell = (problem: string) => wrong.push(`run ${run} (${what}): ${problem}`);
        const started = performance.now();
        let end = 'success';
        try {
          await flash(board, signal);
          if (!isWritten(board)) tell('success, but the flash is wrong');
        } catch (error) {
          if (!isExpected(error, signal)) tell(`ended with ${String(error)}`);
          end = error instanceof FlasherError ? error.code : 'cancelled';
        }
        ends[end] = (ends[end] ?? 0) + 1;
        const tookMs = performance.now() - started;
        if (tookMs > mostMs) tell(`took ${tookMs} ms`);
        if (board.openPorts() > 0) tell('the port stayed open');
        await flash(board, undefined).catch((error: unknown) => tell(`the next: ${String(error)}`));
        if (!isWritten(board)) tell('the next: the flash is wrong');
        await board.chip.close();
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));

    expect(wrong).toEqual([]);
    expect(ends['success']).toBeGreaterThan(runs / 3);
    expect(ends['PORT_LOST']).toBeGreaterThan(runs / 20);
    expect(Object.values(ends).reduce((sum, count) => sum + count)).toBe(runs);
  }, 300_000);
});

function isWritten(board: Board): boolean {
  return image.data.equals(board.chip.flash.bytes.subarray(image.offset, image.offset + image.data.length));
}

function generator(seed: number): (below: number) => number {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}
