import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { inFolder } from './fixture.ts';
import { Repository } from '../../src/gogs/git/repository.ts';
import { runGit } from '../../src/gogs/git/run-git.ts';

const inRepository = (work: (repository: Repository, folder: string) => Promise<void>): Promise<void> =>
  inFolder(join(tmpdir(), 'ota-git-'), async (folder) => {
    const repository = await Repository.create(join(folder, 'kit.git'));
    try {
      await work(repository, folder);
    } finally {
      await repository.close();
    }
  });

describe('git', () => {
  it('makes the same commit from the same change, whoever and wherever we are', async () => {
    const change = { files: { a: 'a\n' }, date: new Date('2026-01-01T00:00:00Z'), message: 'Same' };
    await inRepository(async (repository, folder) => {
      const home = join(folder, 'home');
      await mkdir(home);
      await writeFile(
        join(home, '.gitconfig'),
        '[user]\nname = Me\nemail = me@example.test\n[core]\nautocrlf = true\n',
      );
      for (const [name, value] of [
        ['HOME', home],
        ['TZ', 'Asia/Tokyo'],
        ['GIT_DIR', join(folder, 'elsewhere')],
        ['GIT_AUTHOR_NAME', 'Me'],
      ] as const) {
        vi.stubEnv(name, value);
      }
      onTestFinished(() => {
        vi.unstubAllEnvs();
      });
      expect(await repository.commitFiles(change)).toBe('e69694e48e4335e75036f2f336709f5f06e31958');
    });
  });

  it('says which command failed and what git said', async () => {
    await inRepository(async (repository) => {
      await expect(runGit(['cat-file', '-t', 'nothing'], { cwd: repository.folder })).rejects.toMatchObject({
        code: 'GIT_FAILED',
        message: expect.stringMatching(/^git cat-file ended with 128: .*nothing/) as unknown,
      });
    });
  });

  it('stops at a signal, and at its deadline', async () => {
    await inRepository(async ({ folder }) => {
      const reason = new Error('enough');
      const controller = new AbortController();
      const endless = ['-c', 'alias.endless=!exec sleep 60', 'endless'];
      const running = runGit(endless, { cwd: folder, signal: controller.signal });
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      await expect(runGit(endless, { cwd: folder, timeoutMs: 50 })).rejects.toMatchObject({
        code: 'GIT_FAILED',
      });
    });
  });

  it('refuses paths that lead out of a tree', async () => {
    await inRepository(async (repository) => {
      for (const path of ['../a', '/a', 'a//b', '.git/config', '']) {
        await expect(repository.commitFiles({ files: { [path]: 'x' } })).rejects.toMatchObject({
          code: 'GIT_FAILED',
        });
      }
      expect(await repository.branches()).toEqual([]);
    });
  });

  it('reads many objects at once, large and missing ones among them', async () => {
    await inRepository(async (repository) => {
      const large = 'x'.repeat(3_000_000);
      const files = { large, ...Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}`, `${n}`])) };
      const commit = await repository.commitFiles({ files });
      const tree = (await repository.tree(commit)) ?? [];
      const read = await Promise.all(
        tree.flatMap(({ id }) => [repository.object(id), repository.object('f'.repeat(40))]),
      );
      expect(read.filter((object) => object === undefined)).toHaveLength(51);
      const contents = new Map(tree.map(({ name }, index) => [name, read[2 * index]?.content.toString()]));
      expect(contents.get('large') === large).toBe(true);
      expect(contents.get('f7')).toBe('7');
    });
  });
});
