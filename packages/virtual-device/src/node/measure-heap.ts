import { VirtualNodeError } from './node-errors.ts';
import type { VirtualNode } from './virtual-node.ts';

/** What {@link measureHeap} runs, and when garbage is collected. */
export interface MeasureHeapOptions {
  /** Python that runs before: what it allocates does not count. */
  readonly before?: string;
  /** Python that sets `steps` to a generator. What it allocates counts. */
  readonly program: string;
  /** Bytes that are allocated before garbage is collected, as `gc.threshold` would do it. @default 8192 */
  readonly garbageBytes?: number;
  /** For each part of the program. @default 60000 */
  readonly timeoutMs?: number;
}

/** Bytes of MicroPython's heap, above what was allocated before. */
export interface HeapUse {
  /** The most that was in use at any time: what is alive, and what is garbage before it is collected. */
  readonly peak: number;
  /** The most that a collection left. */
  readonly kept: number;
  readonly steps: number;
}

const meter = (garbageBytes: number): string => `
import gc
class Meter:
    base = peak = kept = 0
    def go_on(self):
        start = gc.mem_alloc()
        self.kept = max(self.kept, start - self.base)
        count = 0
        try:
            while gc.mem_alloc() - start < ${garbageBytes}:
                next(steps)
                count += 1
        except StopIteration:
            print("end")
        self.peak = max(self.peak, gc.mem_alloc() - self.base)
        gc.collect()
        print(count)
meter = Meter()
`;

/**
 * Measures how much of the heap a Python generator makes use of. This port of MicroPython collects garbage only between two
 * programs, so the generator is resumed by one program after the other, each ending when a collection is due. The virtual
 * node's own modules (sockets, hashes) are C on a board; what they allocate here counts too, so a board uses less.
 *
 * @throws VirtualNodeError with code `PYTHON` where the program raised, `TIMEOUT` where a part of it does not end.
 */
export async function measureHeap(node: VirtualNode, options: MeasureHeapOptions): Promise<HeapUse> {
  const { before = '', program, garbageBytes = 8192, timeoutMs = 60_000 } = options;
  const run = async (code: string): Promise<string[]> => {
    const { output, traceback } = await node.exec(code, { timeoutMs });
    if (traceback) throw new VirtualNodeError('PYTHON', `the measured code failed:\n${traceback}`);
    return output.trimEnd().split('\n');
  };
  await run(`${meter(garbageBytes)}\n${before}\ngc.collect()`);
  await run('meter.base = gc.mem_alloc()');
  await run(program);
  let steps = 0;
  for (let ended = false; !ended;) {
    const printed = await run('meter.go_on()');
    ended = printed.includes('end');
    steps += Number(printed.at(-1));
  }
  const [numbers = ''] = await run('print(meter.peak, meter.kept)');
  const [peak = NaN, kept = NaN] = numbers.split(' ').map(Number);
  return { peak, kept, steps };
}
