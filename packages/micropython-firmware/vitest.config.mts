import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import shared from '../../vitest.shared.mts';

/** The files that take longest: one of them begun as the last would go on alone, with the other workers idle. */
const longest = ['trial', 'refusal', 'signature', 'powercut', 'broker', 'memory', 'application', 'update'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { shuffle, seed } = this.ctx.config.sequence;
    const rank = ({ moduleId }: TestSpecification): number | string => {
      const name = basename(moduleId, '.test.ts');
      if (shuffle) return createHash('sha256').update(`${seed} ${name}`).digest('hex');
      return longest.includes(name) ? longest.indexOf(name) : longest.length;
    };
    return (await super.sort(files)).sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  }
}

export default mergeConfig(
  shared,
  defineConfig({
    test: {
      name: 'micropython-firmware',
      root: import.meta.dirname,
      // Its nodes mostly wait: for a watchdog, a broker, the end of a trial.
      maxWorkers: 3,
      sequence: { sequencer: LongestFirst },
    },
  }),
);
