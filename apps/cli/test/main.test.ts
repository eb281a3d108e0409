import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { main } from '../src/main.ts';

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const code = await main(argv, {
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { code, ...written };
}

describe('ota', () => {
  it('shows its commands with --help, and one with an example', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, stderr: '' });
    expect((await run('--help')).stdout).toMatch(/demo \[options\] +Boots a virtual node/);
    expect((await run('demo', '--help')).stdout).toContain('ota demo --keep');
  });

  it('ends with 1 and names the step and the reason where a step of the demo fails', async () => {
    vi.stubEnv('PATH', '');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { code, stderr } = await run('demo');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ota demo: the step "[a-z ]+\d?" failed: .*git/i);
  });

  it('ends with 2 and says what it did not understand', async () => {
    expect(await run('dmeo')).toMatchObject({ code: 2, stdout: '' });
    expect((await run('dmeo')).stderr).toContain("unknown command 'dmeo'");
    expect((await run('demo', '--what')).stderr).toContain("unknown option '--what'");
  });
});
