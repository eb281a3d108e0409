import { describe, expect, it } from 'vitest';
import { random } from './helpers/random.ts';
import { soak } from './soak/soak.ts';

const { seed } = random();

// 24 hours are `npm run soak`.
describe(`7 minutes of everything going wrong (OTA_SEED=${seed})`, () => {
  it('leave no node stuck, and all on the last version', async () => {
    const happened: string[] = [];
    const result = await soak({
      hours: 7 / 60,
      meanMs: 30_000,
      seed,
      timeScale: 20,
      onEvent: (_, text) => happened.push(text),
    });
    expect(result.failures, happened.join('\n')).toEqual([]);
    expect(result.boots).toBeGreaterThan(10);
  }, 180_000);
});
