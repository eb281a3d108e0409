import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const nx = fileURLToPath(new URL('../../../node_modules/nx/dist/bin/nx.js', import.meta.url));

/** A run of nx of its own: what the one that runs this test told of itself is not for it. */
function runTarget(target: string, argv: readonly string[]): Promise<{ code: number | null; said: string }> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('NX_'));
  const env = { ...Object.fromEntries(others), NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1' };
  // What is built is built already: these tests run on it.
  const line = [nx, 'run', `cli:${target}`, '--excludeTaskDependencies', ...argv];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, line, { cwd: root, env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, said: stdout + stderr });
    });
    child.stdin?.end();
  });
}

describe('the Nx targets of the command line', () => {
  it.each([
    ['erase', ['--port', '/dev/nowhere', '--yes'], '/dev/nowhere'],
    ['image', ['--port', '/dev/nowhere', '--yes'], '/dev/nowhere'],
    ['rsync', ['--port', '/dev/nowhere', '--dry-run'], '/dev/nowhere'],
    ['repl', ['--port', '/dev/nowhere'], '/dev/nowhere'],
    ['deploy', ['--settings', '/nowhere', '--port', '/dev/nowhere'], '/nowhere'],
    ['demo', ['--no-such-option'], '--no-such-option'],
  ])('pass what comes after cli:%s on to it', { timeout: 120_000 }, async (target, argv, mentioned) => {
    const { code, said } = await runTarget(target, argv);
    expect(code).not.toBe(0);
    expect(said).toContain(`ota ${target}: `);
    expect(said.split('\n').find((line) => line.includes(`ota ${target}: `))).toContain(mentioned);
  });
});
