import { describe, it } from 'vitest';
import { findTool, isRequired, type Tool } from './tools.ts';

/**
 * A `describe` for tests that need programs from outside npm. Where one is missing the tests are left out, loudly;
 * where `OTA_REQUIRE` names it (as CI does) a missing program is a failed test.
 */
export function describeWithTools(needed: readonly Tool[], name: string, body: () => void): void {
  const missing = needed.filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const list = missing.join(', ');
  if (missing.some((tool) => isRequired(tool))) {
    describe(name, () => {
      it(`finds ${list}`, () => {
        throw new Error(
          `${list} is required (OTA_REQUIRE) and not installed: put it in PATH or set OTA_<NAME>`,
        );
      });
    });
    return;
  }
  process.stderr.write(`\n*** NOT RUN: "${name}" needs ${list}, which is not installed ***\n`);
  // By what stands in brackets scripts/sum-tests.mjs tells what may be left out from a test that somebody skipped.
  describe.skip(`${name} [without ${list}]`, body);
}
