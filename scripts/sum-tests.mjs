// Adds up what Vitest printed for all packages. The last line is `N passed, N failed`; a skipped test counts as failed,
// since CI has everything that tests need.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const log = stripVTControlCharacters(readFileSync(process.argv[2] ?? 0, 'utf8'));
const totals = { passed: 0, failed: 0, skipped: 0, todo: 0 };
for (const [, counts] of log.matchAll(/^.*?\bTests {2}(.*) \(\d+\)\s*$/gm)) {
  for (const [, count, kind] of counts.matchAll(/(\d+) (passed|failed|skipped|todo)/g))
    totals[kind] += Number(count);
}
const left = totals.skipped + totals.todo;
const mayLeaveOut = process.env.OTA_REQUIRE?.split(',').includes('gogs') === false;
if (left > 0) console.log(`${left} tests were left out${mayLeaveOut ? ' (no real Gogs, see above)' : ''}`);
const failed = totals.failed + (mayLeaveOut ? 0 : left);
console.log(`${totals.passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || totals.passed === 0 ? 1 : 0;
