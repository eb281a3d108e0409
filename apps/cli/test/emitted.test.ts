import { describe, expect, it } from 'vitest';
import { emitted } from '../src/framework/emitted.ts';

const never = new AbortController().signal;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('what a piece of work emits', () => {
  it('comes in order, whether it was emitted at once or later', async () => {
    const items = emitted<number>(never, async (emit) => {
      emit(1);
      emit(2);
      await Promise.resolve();
      emit(3);
    });
    expect(await all(items)).toEqual([1, 2, 3]);
  });

  it('ends with its error, after what came before', async () => {
    const seen: number[] = [];
    const items = emitted<number>(never, (emit) => {
      emit(1);
      return Promise.reject(new Error('broken'));
    });
    await expect(
      (async () => {
        for await (const item of items) seen.push(item);
      })(),
    ).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
  });

  it('aborts the work of who stops listening, and waits until it has ended', async () => {
    let hasEnded = false;
    const items = emitted<number>(never, async (emit, signal) => {
      emit(1);
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      hasEnded = true;
    });
    for await (const item of items) if (item === 1) break;
    expect(hasEnded).toBe(true);
  });
});
