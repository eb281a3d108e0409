import { describe, expect, it, onTestFinished } from 'vitest';
import { cutEverywhere } from './powercut/matrix.ts';
import { Rig } from './powercut/rig.ts';
import { scenarios } from './powercut/scenarios.ts';
import { seedFiles, seedScenario } from './powercut/seed.ts';

// The whole of it, with every operation and every second cut, is `npm run powercut`.
describe('a loss of power', () => {
  it('leaves one whole version, wherever it comes and comes again', async () => {
    const rig = await Rig.start({}, 2);
    onTestFinished(() => rig[Symbol.asyncDispose]());
    let doubleCuts = 0;
    for (const scenario of await scenarios(rig)) {
      const every = scenario.network && !scenario.command ? 24 : 6;
      const result = await cutEverywhere(rig, scenario, { every, everyOnline: 90 });
      expect(result.failures).toEqual([]);
      expect(result.cuts).toBeGreaterThan(0);
      doubleCuts += result.doubleCuts;
    }
    // Of a scenario of few operations, the few that are cut here may leave none that is cut again.
    expect(doubleCuts).toBeGreaterThan(0);
  }, 300_000);

  it('leaves none with the algorithm of the seed: the harness can find what is wrong', async () => {
    const rig = await Rig.start(await seedFiles(), 2);
    onTestFinished(() => rig[Symbol.asyncDispose]());
    const { failures } = await cutEverywhere(rig, await seedScenario(rig), { every: 3, single: true });
    expect(failures.join('\n')).toMatch(
      /without network: (no application ran|.src does not hold|.src..version names nothing)/,
    );
  }, 120_000);
});
