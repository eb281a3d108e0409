import { execFile } from 'node:child_process';
import { readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gogsKeyOf, nodeFiles, releaseFile, siteSettings, verifyRelease } from '@ota/micropython-firmware';
import { GogsStandIn, Site } from '@ota/testbed';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { folderWith } from './helpers/folder.ts';
import { json, result } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

interface Made {
  file: string;
  gogsKey: string;
  ignored: string[];
}
interface Signed {
  serial: number;
  files: string[];
  differing: string[];
  isNew: boolean;
}

const run = promisify(execFile);
const application =
  'def start(env):\n    env["log"]("signed runs")\n    while True:\n        env["wdt"].feed()\n';
let keyFile: string;
let gogsKey: string;

beforeAll(async () => {
  const { generateReleaseKey } = await import('@ota/micropython-firmware');
  const key = await generateReleaseKey({ bits: 2048 });
  gogsKey = key.gogsKey;
  const folder = await folderForAll();
  keyFile = join(folder, 'key.pem');
  await writeFile(keyFile, key.privateKey);
  return () => rm(folder, { recursive: true, force: true });
});

async function folderForAll(): Promise<string> {
  const { mkdtemp } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  return mkdtemp(join(tmpdir(), 'ota-key-'));
}

/** Git in a directory, as nobody in particular. */
async function git(cwd: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-c', 'commit.gpgSign=false'];
  return (await run('git', [...who, ...args], { cwd })).stdout;
}

/** A repository in which these files are staged. */
async function staged(files: Record<string, string> = { 'src/main.py': application }): Promise<string> {
  const cwd = await folderWith(files);
  await git(cwd, 'init', '--quiet', '--initial-branch=main');
  await git(cwd, 'add', '.');
  return cwd;
}

async function sign(cwd: string, ...more: string[]): Promise<Signed> {
  return (await result(['sign', '--key', keyFile, ...more], { cwd })) as Signed;
}

async function refusal(cwd: string, ...argv: string[]): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await cli(['sign', '--key', keyFile, ...argv], { cwd });
  return { code, stderr };
}

/** Holds the signature in a commit to the bytes that are in it. */
async function committed(cwd: string): Promise<number> {
  await git(cwd, 'commit', '--quiet', '--message', 'Release');
  const names = (await git(cwd, 'ls-tree', '-r', '-z', '--name-only', 'HEAD:src'))
    .split('\0')
    .filter(Boolean);
  const content = async (name: string): Promise<Buffer> =>
    (await run('git', ['cat-file', 'blob', `HEAD:src/${name}`], { cwd, encoding: 'buffer' })).stdout;
  const files = await Promise.all(names.map(async (name) => releaseFile(name, await content(name))));
  return verifyRelease(files, (await content('.signature')).toString(), gogsKey).serial;
}

describe('ota keygen', () => {
  it('writes a key for the owner alone, names it in .gitignore, and prints the setting', async () => {
    const cwd = await folderWith({ '.gitignore': 'node_modules' });
    const { code, stdout, stderr } = await cli(['keygen', '--bits', '2048'], { cwd });
    expect(code).toBe(0);
    const file = join(cwd, 'release-key.pem');
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules\nrelease-key.pem\n');
    const pem = await readFile(file, 'utf8');
    expect(stdout).toBe(`    "gogsKey": "${gogsKeyOf(pem)}",\n`);
    expect(stderr).not.toContain('PRIVATE');
  });

  it('never writes over a file, and with --dry-run writes none', async () => {
    const cwd = await folderWith();
    expect(await result(['keygen', 'a.pem', '--dry-run'], { cwd })).toMatchObject({ gogsKey: null });
    await expect(stat(join(cwd, 'a.pem'))).rejects.toThrow('ENOENT');
    const made = (await result(['keygen', 'a.pem'], { cwd })) as Made;
    expect(made.ignored).toEqual(['a.pem']);
    expect(made.gogsKey).toHaveLength(768);
    const again = await json(['keygen', 'a.pem'], { cwd });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is there already')]);
    expect(gogsKeyOf(await readFile(made.file, 'utf8'))).toBe(made.gogsKey);
    expect((await cli(['keygen', 'no/such/a.pem'], { cwd })).code).toBe(2);
  });
});

describe('ota sign', () => {
  it('signs what a node with the key then installs', async () => {
    const site = await Site.start({ repository: 'lamp' });
    onTestFinished(() => site.close());
    const cwd = await staged({ 'src/main.py': application, 'src/lib/é 1.py': 'A = 1\n', 'README.md': 'x' });
    expect((await sign(cwd)).files).toEqual(['lib/é 1.py', 'main.py']);
    await committed(cwd);
    const [owner = '', name = ''] = site.repository.split('/');
    if (site.gogs instanceof GogsStandIn) await site.gogs.push(owner, name, cwd, ['HEAD:refs/heads/main']);
    const settings = siteSettings(site, 'lamp', { node: { gogsKey, resetJitter: 0 } });
    const node = await site.addNode({ name: 'lamp', files: await nodeFiles(settings) });
    await node.powerOn();
    await node.waitForOutput('signed runs');
  });

  it('signs the bytes that Git commits, whatever it makes of them on this computer', async () => {
    const cwd = await staged({
      '.gitattributes': '*.py text\n*.txt text eol=crlf\n*.bin filter=upper\n',
      ...{
        'src/main.py': 'A = 1\r\nB = 2\r\n',
        'src/a.txt': 'a\r\n',
        'src/a.sh': '#!/bin/sh\n',
        'src/.hidden/x': '',
      },
    });
    await git(cwd, 'config', 'filter.upper.clean', 'tr a-z A-Z');
    await writeFile(join(cwd, 'src/a.bin'), 'abc');
    await git(cwd, 'add', '.');
    await git(cwd, 'update-index', '--chmod=+x', 'src/a.sh');
    const { serial } = await sign(cwd);
    expect(await committed(cwd)).toBe(serial);
    expect(await git(cwd, 'status', '--porcelain')).toBe(' M src/a.sh\n');
  });

  it('has a higher number each time, and leaves a signature that fits as it is', async () => {
    const cwd = await staged();
    const first = await sign(cwd);
    expect(first.isNew).toBe(true);
    expect(await sign(cwd)).toEqual({ ...first, isNew: false });
    await committed(cwd);
    await writeFile(join(cwd, 'src/main.py'), 'A = 2\n');
    await git(cwd, 'add', '.');
    expect((await sign(cwd)).serial).toBeGreaterThan(first.serial);
    await committed(cwd);
  });

  it('stops where files here are not what is staged, and names them', async () => {
    const cwd = await staged({
      'src/main.py': 'A = 1\n',
      '.gitignore': '*.pyc\n',
      'src/a.pyc': '',
      'src/b.py': '',
    });
    await writeFile(join(cwd, 'src/main.py'), 'A = 2\n');
    await writeFile(join(cwd, 'src/new.py'), '');
    await unlink(join(cwd, 'src/b.py'));
    const { code, stderr } = await refusal(cwd);
    expect(code).toBe(2);
    expect(stderr).toContain('src/b.py, src/main.py, src/new.py');
    await expect(stat(join(cwd, 'src/.signature'))).rejects.toThrow('ENOENT');
    expect((await sign(cwd, '--staged')).differing).toEqual(['b.py', 'main.py', 'new.py']);
    await committed(cwd);
  });

  it('only tells with --dry-run', async () => {
    const cwd = await staged();
    expect(await sign(cwd, '--dry-run')).toMatchObject({ isNew: true, files: ['main.py'] });
    expect(await git(cwd, 'status', '--porcelain')).toBe('A  src/main.py\n');
  });

  it('refuses what no node installs', async () => {
    const link = await staged();
    await symlink('main.py', join(link, 'src/link.py'));
    await git(link, 'add', '.');
    expect(await refusal(link)).toEqual({
      code: 2,
      stderr: expect.stringContaining('src/link.py is a symbolic link') as string,
    });

    const module = await staged();
    await git(module, 'update-index', '--add', '--cacheinfo', `160000,${'a'.repeat(40)},src/module`);
    expect((await refusal(module)).stderr).toContain('src/module is a submodule');

    const name = await staged({ 'src/.version': '' });
    expect(await refusal(name)).toEqual({
      code: 2,
      stderr: expect.stringContaining('src/.version has a name') as string,
    });
  });

  it('refuses another directory than src/ of a repository, and one without files', async () => {
    const cwd = await staged({ 'src/main.py': '', 'other/main.py': '', 'deep/src/main.py': '' });
    for (const directory of ['other', '.', 'deep/src']) {
      expect((await refusal(cwd, directory)).stderr).toContain('is not src/ in the root');
    }
    expect((await refusal(cwd, 'no-such')).code).toBe(2);
    const plain = await folderWith({ 'src/main.py': '' });
    expect((await refusal(plain)).stderr).toContain('is in no Git repository');
    await git(plain, 'init', '--quiet');
    expect((await refusal(plain)).stderr).toContain('nothing of src/ is staged');
  });

  it('refuses to stage a signature that Git would change', async () => {
    const cwd = await staged({ 'src/main.py': '', '.gitattributes': '.signature filter=upper\n' });
    await git(cwd, 'config', 'filter.upper.clean', 'tr a-z A-Z');
    expect((await refusal(cwd)).stderr).toContain('-text -filter');
  });

  it('takes the key from the environment too, and says how to give one', async () => {
    const cwd = await staged();
    const env = { OTA_SIGNING_KEY_FILE: keyFile };
    expect(await result(['sign'], { cwd, env })).toMatchObject({ gogsKey });
    expect(await cli(['sign'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--key, OTA_SIGNING_KEY_FILE') as string,
    });
    for (const wrong of ['no-such.pem', 'src/main.py']) {
      const { code, stderr } = await cli(['sign', '--key', wrong], { cwd });
      expect([code, stderr]).toEqual([2, expect.stringContaining('ota keygen')]);
    }
  });
});
