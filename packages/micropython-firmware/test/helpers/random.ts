/** A source of choices that are the same in every run, and others by `OTA_SEED`. */
export interface Random {
  readonly seed: number;
  /** From 0 to, but not including, 1. */
  readonly next: () => number;
  /** A whole number from 0 to, but not including, `limit`. */
  readonly below: (limit: number) => number;
  readonly pick: <T>(from: readonly T[]) => T | undefined;
}

export function random(seed = Number(process.env['OTA_SEED'] ?? 1)): Random {
  let state = seed >>> 0;
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { seed, next, below, pick: (from) => from[below(from.length)] };
}
