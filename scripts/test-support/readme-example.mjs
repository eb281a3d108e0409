// The first program of a package's README, for a test that runs it as printed. Types are in readme-example.d.mts.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

export async function readmeExample(testFile) {
  const packageFolder = dirname(dirname(fileURLToPath(testFile)));
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  const program = /```[jt]s\n([\s\S]*?)```/.exec(readme)?.[1];
  if (program === undefined) throw new Error(`${packageFolder}/README.md has no program`);
  const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line ?? '');
  const rehearsed = process.env['OTA_README_IN'];
  const folder = rehearsed
    ? join(rehearsed, basename(packageFolder))
    : await writeProgram(join(packageFolder, 'out-tsc'), program);
  const run = async ({ args = [], env = {}, timeoutMs = 30_000 } = {}) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs', ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      timeout: timeoutMs,
    });
    return stdout.trimEnd().split('\n');
  };
  return { promised, folder, run };
}

async function writeProgram(parent, program) {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'readme-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'example.mjs'), program);
  return folder;
}
