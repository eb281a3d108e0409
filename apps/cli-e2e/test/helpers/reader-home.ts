import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { bin } from '../ota.ts';

/**
 * A home with nothing in it but a reader's Git configuration, and a PATH with `ota` in it.
 *
 * @param gitconfig - what is in `.gitconfig`.
 */
export async function makeHome(gitconfig: string): Promise<{ home: string; path: string }> {
  const home = await mkdtemp(join(tmpdir(), 'ota-newcomer-'));
  onTestFinished(() => rm(home, { recursive: true }));
  await writeFile(join(home, '.gitconfig'), gitconfig);
  await mkdir(join(home, 'bin'));
  const ota = join(home, 'bin', 'ota');
  await writeFile(ota, `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
  await chmod(ota, 0o755);
  return { home, path: `${join(home, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
}
