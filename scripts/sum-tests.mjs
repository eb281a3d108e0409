// node scripts/sum-tests.mjs LOG [FAILED STEP...]: adds up what Vitest printed for all packages and node --test for the scripts.
// The last line is `N passed, N failed`. A failed step counts as a failed test, and so does a skipped one, since CI has
// everything that tests need; but for those of a real Gogs where OTA_REQUIRE says that there is none.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const [file = 0, ...failedSteps] = process.argv.slice(2);
const log = stripVTControlCharacters(readFileSync(file, 'utf8'));
const totals = { passed: 0, failed: 0, skipped: 0, todo: 0 };
for (const [, counts] of log.matchAll(/^.*?\bTests {2}(.*) \(\d+\)\s*$/gm)) {
  for (const [, count, kind] of counts.matchAll(/(\d+) (passed|failed|skipped|todo)/g))
    totals[kind] += Number(count);
}
const kinds = { pass: 'passed', fail: 'failed', cancelled: 'failed', skipped: 'skipped', todo: 'todo' };
for (const [, kind, count] of log.matchAll(/^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$/gm))
  totals[kinds[kind]] += Number(count);

const required = process.env.OTA_REQUIRE?.split(',').map((name) => name.trim());
const mayLackGogs = required !== undefined && !required.includes('gogs') && !required.includes('all');
// describeWithTools names what it lacked.
const withoutGogs = mayLackGogs ? [...log.matchAll(/^.*↓ .*\[without gogs\].*$/gm)].length : 0;
if (withoutGogs > 0) console.log(`${withoutGogs} tests were left out (no real Gogs, see above)`);
const leftOut = totals.skipped + totals.todo - withoutGogs;
if (leftOut > 0) console.log(`${leftOut} tests were left out`);

for (const step of failedSteps) console.log(`failed: ${step}`);
// The tests of a step are counted above. Where none of them failed, something before them did.
const uncounted = failedSteps.filter((step) => !step.startsWith('tests') || totals.failed === 0);
const failed = totals.failed + Math.max(0, leftOut) + uncounted.length;
console.log(`${totals.passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || totals.passed === 0 ? 1 : 0;
