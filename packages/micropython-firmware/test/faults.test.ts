import { describe, expect, it, onTestFinished } from 'vitest';
import { kinds } from './faults/kinds.ts';
import { tryAll } from './faults/matrix.ts';
import { Rig } from './faults/rig.ts';
import { random } from './helpers/random.ts';

const { pick, seed } = random();

// Every place of every kind at every request is `npm run faults`. Here each kind meets some requests, each request some
// kinds, in one place each.
const stride = 4;
const bootStride = 7;

describe(`a fault of the network (OTA_SEED=${seed})`, () => {
  it('leaves the running version, is said, and is over with the next look', async () => {
    const rig = await Rig.start(2);
    onTestFinished(() => rig[Symbol.asyncDispose]());
    const cases = rig.requests.flatMap(({ name }, row) =>
      kinds
        .filter((_, column) => (row + column + seed) % stride === 0)
        .flatMap(
          (kind) => pick(rig.cases.filter((each) => each.request === name && each.kind === kind)) ?? [],
        ),
    );
    const booted = cases.filter((_, index) => index % bootStride === 0);
    const results = await tryAll(rig, [...cases, ...booted], { boots: (index) => index >= cases.length });
    expect(results.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect(new Set(cases.map(({ request }) => request)).size).toBe(rig.requests.length);
    expect(new Set(cases.map(({ kind }) => kind)).size).toBe(kinds.length);
    expect(results.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(cases.length / 2);
  }, 180_000);
});
