import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ask } from './ask.ts';
import { inFolder, password } from './fixture.ts';
import { RealGogs } from '../../src/gogs/real-gogs.ts';
import { describeWithTools } from '../../src/vitest.ts';

/** Gives the work a temporary folder of its own, and says afterwards what was left in it. */
async function leftBy(work: () => Promise<void>): Promise<string[]> {
  return inFolder(join(tmpdir(), 'ota-left-'), async (folder) => {
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await work();
    return readdir(folder);
  });
}

/** Lets a shell script take the place of gogs. */
async function instead(script: string, work: () => Promise<void>): Promise<void> {
  await inFolder(join(tmpdir(), 'ota-fake-'), async (folder) => {
    const program = join(folder, 'bin', 'gogs');
    await mkdir(join(folder, 'bin'));
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
    vi.stubEnv('OTA_GOGS', program);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await work();
  });
}

/** A shell script takes the place of Gogs, and on Windows none can. */
const describeScripted = describe.runIf(process.platform !== 'win32');

describe('a real Gogs that is not there', () => {
  it('is not installed', async () => {
    vi.stubEnv('OTA_GOGS', '/nowhere/gogs');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await expect(RealGogs.start()).rejects.toMatchObject({ code: 'GOGS_NOT_INSTALLED' });
  });
});

describeScripted('a real Gogs that does not start', () => {
  it('ends early: the error tells its last words, and nothing is left', async () => {
    const left = await leftBy(() =>
      instead('echo "no such database" >&2; exit 3', async () => {
        await expect(RealGogs.start()).rejects.toMatchObject({
          code: 'GOGS_START',
          message: expect.stringContaining('no such database') as unknown,
        });
      }),
    );
    expect(left).toEqual([]);
  });

  it('never answers: it is stopped after the time it was given', async () => {
    const left = await leftBy(() =>
      instead('exec sleep 60', async () => {
        await expect(RealGogs.start({ startTimeoutMs: 200 })).rejects.toMatchObject({
          code: 'GOGS_START_TIMEOUT',
        });
      }),
    );
    expect(left).toEqual([]);
  });

  it('is no longer wanted: the reason of the signal is thrown, and nothing is left', async () => {
    const left = await leftBy(() =>
      instead('exec sleep 60', async () => {
        const controller = new AbortController();
        const starting = RealGogs.start({ signal: controller.signal });
        const reason = new Error('changed our mind');
        setTimeout(() => {
          controller.abort(reason);
        }, 50);
        await expect(starting).rejects.toSatisfy(
          (error: unknown) => error === reason || (error as Error).cause === reason,
        );
      }),
    );
    expect(left).toEqual([]);
  });
});

describeScripted('a real Gogs whose port was taken meanwhile', () => {
  const taken = 'echo "listen tcp 127.0.0.1: bind: address already in use" >&2; exit 1';
  const server = `const ini = require('node:fs').readFileSync(process.argv[3], 'utf8');
require('node:http').createServer((_, r) => r.end()).listen(Number(/HTTP_PORT = (.*)/.exec(ini)[1]), '127.0.0.1');`;

  it('gets another', async () => {
    const left = await leftBy(() =>
      instead(
        `if [ ! -e "$0.once" ]; then touch "$0.once"; ${taken}; fi
exec "${process.execPath}" -e "${server}" "$@"`,
        async () => {
          const gogs = await RealGogs.start();
          expect(Number(new URL(gogs.baseUrl).port)).toBeLessThan(32_768); // no port that connections are given
          await gogs.close();
        },
      ),
    );
    expect(left).toEqual([]);
  });

  it('gets no other where a test wants that one', async () => {
    await instead(taken, async () => {
      await expect(RealGogs.start({ port: 20_000 })).rejects.toMatchObject({ code: 'GOGS_START' });
    });
  });
});

describeWithTools(['gogs'], 'a real Gogs that was used', () => {
  it('leaves nothing behind, even when closed twice', async () => {
    const left = await leftBy(async () => {
      const gogs = await RealGogs.start();
      await gogs.createUser({ name: 'ann', password });
      await gogs.createRepository({ owner: 'ann', name: 'kit' });
      await gogs.commitFiles('ann', 'kit', { files: { a: 'a' } });
      expect((await ask(gogs.baseUrl, '/api/v1/repos/ann/kit')).json()).toMatchObject({ empty: false });
      await Promise.all([gogs.close(), gogs.close()]);
      await expect(ask(gogs.baseUrl, '/healthcheck')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
    expect(left).toEqual([]);
  });
});
