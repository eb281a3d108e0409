import { describe, expect, it, onTestFinished } from 'vitest';
import { VirtualNode } from '../../src/index.ts';
import { measureHeap, type HeapUse } from '../../src/index.ts';

async function heapOf(body: string): Promise<HeapUse> {
  const node = await VirtualNode.create({ files: {} });
  onTestFinished(() => node.close());
  await node.powerOn();
  return measureHeap(node, {
    before: 'kept_before = bytearray(50000)',
    program: `def generator():\n    hoard = []\n    for index in range(20):\n        ${body}\n        yield\nsteps = generator()`,
  });
}

describe('the heap that a generator makes use of', () => {
  it('is what it keeps', async () => {
    const { kept, peak, steps } = await heapOf('hoard.append(bytearray(1000))');
    expect(steps).toBe(20);
    expect(kept).toBeGreaterThan(15_000);
    expect(peak).toBeLessThan(32_000);
  });

  it('does not grow by garbage, but the most that one step allocates counts', async () => {
    const { kept, peak } = await heapOf('bytearray(20000 if index == 10 else 1000)');
    expect(kept).toBeLessThan(4000);
    expect(peak).toBeGreaterThan(20_000);
    expect(peak).toBeLessThan(34_000);
  });

  it('is not told for a program that fails', async () => {
    await expect(heapOf('raise ValueError("no")')).rejects.toMatchObject({ code: 'PYTHON' });
  });
});
