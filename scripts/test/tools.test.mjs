import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { foundTools, tools } from '../found-tools.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { namedInputs, targetDefaults } = JSON.parse(read('nx.json'));

test('the tools are those that tests can ask for', () => {
  const [, list] = /export const tools = \[([^\]]*)\]/.exec(read('packages/virtual-device/src/tools.ts'));
  assert.deepEqual(tools, list.match(/[a-z-]+/g));
});

test('the cache of the tests knows each tool by its variable and by what is found', () => {
  const inputs = namedInputs.outside.map(({ env, runtime }) => env ?? runtime);
  for (const tool of tools) {
    assert.ok(inputs.includes(`OTA_${tool.toUpperCase().replaceAll('-', '_')}`), tool);
  }
  assert.ok(inputs.includes('node scripts/found-tools.mjs'));
  const endToEnd = JSON.parse(read('apps/cli-e2e/package.json')).nx.targets.test.inputs;
  for (const list of [targetDefaults.test.inputs, endToEnd]) assert.ok(list.includes('outside'));
});

test('a tool that comes, goes or changes is another input', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ota-tools-'));
  try {
    const env = { PATH: folder, OTA_SOCAT: join(folder, 'my-socat') };
    const states = [foundTools(env).join('\n')];
    for (const name of ['mpytool', 'my-socat']) {
      const file = join(folder, process.platform === 'win32' && name === 'mpytool' ? `${name}.exe` : name);
      writeFileSync(file, '');
      chmodSync(file, 0o755);
      states.push(foundTools(env).join('\n'));
      utimesSync(file, 1, 1);
      states.push(foundTools(env).join('\n'));
    }
    assert.equal(new Set(states).size, 5);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
