import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isInstalled, npm } from '../publish/npm.mjs';

test('an npm that does not end is ended', async () => {
  await assert.rejects(npm(['--version'], { timeout: 1 }), /npm --version did not end in 0\.001 s/);
});

test('what npm installed counts until the lock changes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ota-installed-'));
  try {
    await writeFile(join(folder, 'package-lock.json'), '{}');
    assert.equal(isInstalled(folder), false);
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules/.package-lock.json'), '{}');
    assert.equal(isInstalled(folder), true);
    await utimes(join(folder, 'package-lock.json'), new Date(), new Date(Date.now() + 10_000));
    assert.equal(isInstalled(folder), false);
  } finally {
    await rm(folder, { recursive: true });
  }
});
