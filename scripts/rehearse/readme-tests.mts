import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.mts';

/** The tests that run a README's first program, of all packages at once. */
export default mergeConfig(
  { ...shared, test: { ...shared.test, include: [] } },
  defineConfig({
    test: {
      root: `${import.meta.dirname}/../..`,
      include: ['packages/*/test/readme.test.ts'],
      name: 'readme',
    },
  }),
);
