import { defineConfig } from 'vitest/config';

/** Shared by every package: resolve workspace packages to their `src`, not `dist`. */
export default defineConfig({
  resolve: { conditions: ['@ota/source'] },
  ssr: { resolve: { conditions: ['@ota/source'] } },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    restoreMocks: true,
    watch: false,
    // In CI each test's name is printed: the log shows that the legs with real servers ran.
    reporters: process.env['CI'] ? ['verbose'] : ['default'],
    // Virtual nodes are threads of their own; more than two files at once only makes them wait for each other.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
