import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { registry } from '../src/registry.ts';
import { cli } from './helpers/run-cli.ts';

describe('ota', () => {
  it('shows all its commands with --help, in groups', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, about, group } of registry) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(about);
      expect(stdout).toContain(`${group}:`);
    }
  });

  it('shows them to who says nothing, too, and ends with 2', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: ota');
  });

  it('shows a command by "help COMMAND" as by --help', async () => {
    const byHelp = await cli(['help', 'ls']);
    expect(byHelp).toEqual(await cli(['ls', '--help']));
    expect(byHelp.stdout).toContain('ota ls /lib');
  });

  it('says its version', async () => {
    expect(await cli(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('ends with 2 and says what it did not understand, and what to do', async () => {
    const { code, stdout, stderr } = await cli(['dmeo']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^ota dmeo: unknown command 'dmeo'.*demo.*"ota --help" shows how it goes\n$/);
    expect((await cli(['demo', '--what'])).stderr).toMatch(/unknown option '--what'; "ota demo --help"/);
  });

  it('says the same to a program as JSON', async () => {
    const { code, stdout, stderr } = await cli(['ls', '--json', '--what']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE', exitCode: 2 } });
  });

  it('ends with 1 and names the step and the reason where a step of the demo fails', async () => {
    vi.stubEnv('PATH', '');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { code, stderr } = await cli(['demo']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ota demo: the step "[a-z ]+\d?" failed: .*git/i);
  });
});
