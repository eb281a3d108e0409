import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { describe, expect, it } from 'vitest';
import { registry } from '../src/registry.ts';
import { folderWith } from './helpers/folder.ts';
import { result } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

const run = promisify(execFile);

describe('ota completion', () => {
  it.each(['bash', 'zsh', 'fish'])('knows all commands and their options, for %s', async (shell) => {
    const { code, stdout } = await cli(['completion', shell]);
    expect(code).toBe(0);
    for (const { name } of registry) expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
    expect(stdout).toContain('dry-run');
    expect(await result(['completion', shell])).toEqual({ shell, script: stdout });
  });

  for (const shell of ['zsh', 'fish'] as const) {
    describeWithTools([shell], `for ${shell} itself`, () => {
      it('is a script that it understands', async () => {
        const { stdout } = await cli(['completion', shell]);
        const cwd = await folderWith({ script: stdout });
        const { stderr } = await run(findTool(shell) ?? shell, ['-n', join(cwd, 'script')]);
        expect(stderr).toBe('');
      });
    });
  }

  it('does not know other shells', async () => {
    const { code, stderr } = await cli(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('it has to be bash or zsh or fish');
  });

  it('completes in a real bash', async () => {
    const { stdout: script } = await cli(['completion', 'bash']);
    const folder = await folderWith({ 'ota.bash': script, 'data.bin': '' });
    const complete = async (...words: string[]): Promise<string[]> => {
      const list = ['ota', ...words].map((word) => `'${word}'`).join(' ');
      const code = `source ${join(folder, 'ota.bash')}; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _ota; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await run('bash', ['-c', code], { cwd: folder });
      return stdout.split('\n').filter(Boolean);
    };
    expect(await complete('de')).toEqual(['demo', 'deploy']);
    expect(await complete('ls', '--l')).toEqual(['--long', '--lines']);
    expect(await complete('ls', '--lines', 'o')).toEqual(['on', 'off']);
    expect(await complete('image', '--file', 'da')).toEqual(['data.bin']);
    expect(await complete('completion', 'f')).toEqual(['fish']);
  });
});
