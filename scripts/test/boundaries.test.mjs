import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const rule = '@nx/enforce-module-boundaries';
const cwd = fileURLToPath(new URL('../..', import.meta.url));
const eslint = new ESLint({ cwd });

// The rule looks at the graph of projects that Nx made last, and says nothing without one.
before(() => execFileSync('npx', ['nx', 'show', 'projects'], { cwd, shell: process.platform === 'win32' }));

/** Whether lint lets a file import a package. */
async function mayImport(filePath, imported) {
  const [{ messages }] = await eslint.lintText(`export * from '${imported}';\n`, { filePath });
  const fatal = messages.find(({ fatal }) => fatal);
  assert.equal(fatal, undefined, fatal?.message);
  return !messages.some(({ ruleId, severity }) => ruleId === rule && severity === 2);
}

for (const [file, imported, allowed] of [
  ['packages/fleet/src/index.ts', '@ota/gogs-client', false],
  ['packages/fleet/src/index.ts', '@ota/testbed', false],
  ['packages/fleet/test/fleet.test.ts', '@ota/testbed', true],
  ['packages/fleet/test/fleet.test.ts', '@ota/micropython-firmware', false],
  ['packages/testbed/src/index.ts', '@ota/fleet', false],
  ['packages/testbed/test/site.test.ts', '@ota/micropython-firmware', false],
  ['packages/testbed/src/index.ts', '@ota/virtual-device', true],
  ['packages/virtual-device/src/index.ts', '@ota/testbed', false],
  ['packages/virtual-device/test/node/helpers.ts', '@ota/testbed', false],
  ['packages/fleet/src/index.ts', '@ota/virtual-device', false],
  ['packages/fleet/test/fleet.test.ts', '@ota/virtual-device', true],
  ['packages/gogs-client/src/index.ts', '@ota/cli', false],
  ['apps/cli/src/bin.ts', '@ota/fleet', true],
]) {
  test(`${file} may ${allowed ? '' : 'not '}import ${imported}`, async () => {
    assert.equal(await mayImport(file, imported), allowed);
  });
}
