import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ota-ci-'));
after(() => rmSync(folder, { recursive: true }));

const vitest = `
 ✓ |fleet| test/a.test.ts > a > works 3ms
      Tests  2 failed | 5 passed (7)
 ↓ |testbed| test/b.test.ts > a real Gogs [without gogs] > answers
 ↓ |testbed| test/b.test.ts > a real Gogs [without gogs] > refuses
      Tests  10 passed | 2 skipped (12)
`;

/** What sum-tests makes of a log: its last line, and whether it is content. */
function sum(log, { steps = [], require: OTA_REQUIRE = 'git,mosquitto' } = {}) {
  const file = join(folder, 'test.log');
  writeFileSync(file, log);
  const env = { ...process.env, OTA_REQUIRE };
  if (OTA_REQUIRE === null) delete env.OTA_REQUIRE;
  const { stdout, status } = spawnSync(process.execPath, ['scripts/sum-tests.mjs', file, ...steps], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  const lines = stdout.trimEnd().split('\n');
  return { line: lines.at(-1), lines, isGood: status === 0 };
}

test('the tests of all packages and of the scripts are summed', () => {
  const scripts = 'ℹ tests 9\nℹ pass 7\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\nℹ todo 0\n';
  assert.equal(sum(vitest + scripts).line, '22 passed, 4 failed');
  assert.equal(sum(vitest + scripts.replaceAll('ℹ', '#')).line, '22 passed, 4 failed');
});

const left = (name) => `\n ↓ |testbed| b > ${name} > answers\n      Tests  1 passed | 1 skipped (2)\n`;

test('a test of a real Gogs may be left out, but only where there is none', () => {
  const log = left('a real Gogs [without gogs]');
  assert.deepEqual(
    ['git,mosquitto', 'git, gogs', 'all', null].map((required) => sum(log, { require: required }).line),
    ['1 passed, 0 failed', '1 passed, 1 failed', '1 passed, 1 failed', '1 passed, 1 failed'],
  );
});

for (const name of ['whatever', 'a broker [without mosquitto]', 'both [without gogs, mosquitto]']) {
  test(`"${name}" may not be left out`, () => {
    assert.equal(sum(left(name)).line, '1 passed, 1 failed');
  });
}

test('a failed step is named and counts, and that of the tests only where no test did', () => {
  const passed = '      Tests  3 passed (3)\n';
  const { line, lines, isGood } = sum(passed, { steps: ['lint', 'tests: all'] });
  assert.equal(line, '3 passed, 2 failed');
  assert.deepEqual(lines.slice(0, 2), ['failed: lint', 'failed: tests: all']);
  assert.equal(isGood, false);
  assert.equal(sum(vitest, { steps: ['tests: all'] }).line, '15 passed, 2 failed');
  assert.equal(sum(passed).isGood, true);
  assert.equal(sum('').isGood, false);
});

// .ci/run is for Debian; a bash elsewhere may be another system's.
const notOnWindows = { skip: process.platform === 'win32' };

/** Runs steps as .ci/run does. */
function run(steps) {
  const script = `set -euo pipefail\nlog='${join(folder, 'run.log')}'\n. .ci/steps.sh\n${steps}`;
  const { stdout, status } = spawnSync('bash', ['-c', script], { cwd: root, encoding: 'utf8' });
  return { lines: stdout.trimEnd().split('\n'), status };
}
const counted = `tests 'tests' echo '      Tests  3 passed (3)'`;

test('.ci/run goes on after a failed step and ends with the sum', notOnWindows, () => {
  const { lines, status } = run(`check lint false\n${counted}\ncheck docs true`);
  assert.deepEqual(lines.slice(-2), ['failed: lint', '3 passed, 1 failed']);
  assert.ok(lines.includes('=== docs'));
  assert.equal(status, 1);
});

test('.ci/run ends with the sum where it cannot go on', notOnWindows, () => {
  const { lines, status } = run(`heading 'npm ci'\nfalse\n${counted}`);
  assert.deepEqual(lines.slice(-2), ['failed: npm ci', '0 passed, 1 failed']);
  assert.equal(status, 1);
});

test('.ci/run is content where all is well', notOnWindows, () => {
  const { lines, status } = run(`check lint true\n${counted}`);
  assert.equal(lines.at(-1), '3 passed, 0 failed');
  assert.equal(status, 0);
});

test('npm run check does all of .ci/run that needs only npm', () => {
  const steps = readFileSync(join(root, '.ci/run'), 'utf8').matchAll(/^(?:check|tests) '[^']*' (.*)$/gm);
  const wanted = [...steps].map(([, command]) => command.replace(/^npx /, ''));
  const { check } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
  assert.deepEqual(
    // The others are of programs from outside: in the venv, or of Go.
    wanted.filter((command) => !command.startsWith('"$work/')),
    check.split(' && '),
  );
});
