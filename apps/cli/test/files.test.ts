import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { startBoard, type TestBoard } from './helpers/boards.ts';
import { folderWith } from './helpers/folder.ts';
import { json, result } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

const main = 'print("main")\n';
const binary = Buffer.from([0, 255, 10, 13, 4, 1]);

let board: TestBoard;
let on: string[];

beforeEach(async () => {
  const files = {
    '/notes.txt': main,
    '/lib/a.py': 'A = 1\n',
    '/lib/deep/b.py': 'B = 22\n',
    '/data.bin': binary,
  };
  board = await startBoard({ files });
  on = ['--port', board.address];
});

function onBoard(path: string): string | undefined {
  return board.node.flash.files().includes(path) ? board.node.flash.readText(path) : undefined;
}

describe('ota ls', () => {
  it('lists a directory', async () => {
    expect(await cli(['ls', ...on])).toEqual({ code: 0, stdout: 'data.bin\nlib/\nnotes.txt\n', stderr: '' });
    expect((await cli(['ls', '-l', 'lib', ...on])).stdout).toBe('SIZE  NAME\n 6 B  a.py\n   -  deep/\n');
    expect(await result(['ls', '/lib', ...on])).toEqual({
      path: '/lib',
      entries: [
        { name: 'a.py', type: 'file', size: 6 },
        { name: 'deep', type: 'directory', size: null },
      ],
    });
  });

  it('says what is not there, and where to look', async () => {
    const { code, stdout, stderr } = await cli(['ls', '/none', ...on]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `ota ls: ENOENT: no such file or directory, stat '/none'; see what is there with "ota tree"\n`,
    );
  });
});

describe('ota tree', () => {
  it('shows all that is below', async () => {
    const { stdout } = await cli(['tree', ...on]);
    const tree = [
      '/',
      '├── data.bin',
      '├── lib/',
      '│   ├── a.py',
      '│   └── deep/',
      '│       └── b.py',
      '└── notes.txt',
    ];
    expect(stdout).toBe([...tree, '4 files, 33 B', ''].join('\n'));
    expect(await result(['tree', '/lib', ...on])).toEqual({
      path: '/lib',
      entries: [
        { path: '/lib/a.py', type: 'file', size: 6 },
        { path: '/lib/deep', type: 'directory', size: null },
        { path: '/lib/deep/b.py', type: 'file', size: 7 },
      ],
    });
  });
});

describe('ota cat', () => {
  it('prints the bytes as they are', async () => {
    expect(await cli(['cat', '/notes.txt', ...on])).toEqual({ code: 0, stdout: main, stderr: '' });
    expect(await result(['cat', '/notes.txt', ...on])).toMatchObject({
      encoding: 'utf8',
      content: main,
      size: 14,
    });
    const bytes = { path: '/data.bin', size: 6, encoding: 'base64', content: binary.toString('base64') };
    expect(await result(['cat', ':data.bin', ...on])).toEqual(bytes);
  });

  it('refuses a directory', async () => {
    expect(await cli(['cat', '/lib', ...on])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('ota sha256', () => {
  it('prints as sha256sum does', async () => {
    const hash = createHash('sha256').update(binary).digest('hex');
    expect((await cli(['sha256', '/data.bin', '/notes.txt', ...on])).stdout).toContain(
      `${hash}  /data.bin\n`,
    );
    const files = [{ path: '/data.bin', sha256: hash }];
    expect(await result(['sha256', '/data.bin', ...on])).toEqual({ files });
  });
});

describe('ota df', () => {
  it('tells size, used and free', async () => {
    const space = (await result(['df', ...on])) as Record<string, number>;
    expect(space).toMatchObject({ path: '/', totalBytes: 2 * 1024 * 1024, blockSize: 4096 });
    expect(space['usedBytes']).toBe((space['totalBytes'] ?? 0) - (space['freeBytes'] ?? 0));
    expect((await cli(['df', ...on])).stdout).toMatch(
      /^PATH +SIZE +USED +FREE +USE\n\/ +2\.0 MiB .* \d %\n$/,
    );
  });
});

describe('ota mkdir', () => {
  it('makes directories, with those above if asked', async () => {
    expect(await cli(['mkdir', '/x/y', ...on])).toMatchObject({ code: 1, stdout: '' });
    expect(await result(['mkdir', '--parents', '/x/y', '/z', ...on])).toEqual({
      made: ['/x/y', '/z'],
      dryRun: false,
    });
    expect((await cli(['ls', '/x', ...on])).stdout).toBe('y/\n');
    expect((await cli(['mkdir', '/z', ...on])).stderr).toMatch(/EEXIST.*choose another name/);
  });

  it('with --dry-run makes none', async () => {
    expect((await cli(['mkdir', '/z', '--dry-run', ...on])).stderr).toBe('would make /z\n');
    expect((await cli(['ls', ...on])).stdout).not.toContain('z/');
  });
});

describe('ota rm', () => {
  it('needs a yes: on a pipe by --yes, on a terminal by asking', async () => {
    const { code, stdout, stderr } = await cli(['rm', '/notes.txt', ...on]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/\/notes\.txt will be removed from socket:.*: to go on, add --yes/);
    const asked = (answer: string) =>
      cli(['rm', '/notes.txt', ...on], { isTerminal: true, types: [['to go on: ', answer]] });
    expect(await asked('no\r')).toMatchObject({ code: 2 });
    expect(onBoard('/notes.txt')).toBe(main);
    expect(await asked('yes\r')).toMatchObject({ code: 0 });
    expect(onBoard('/notes.txt')).toBeUndefined();
  });

  it('removes directories only with --recursive', async () => {
    expect((await cli(['rm', '--yes', '/lib', ...on])).stderr).toContain('add --recursive');
    const wanted = { removed: ['/lib'], dryRun: true };
    expect((await json(['rm', '-r', '--dry-run', '/lib', ...on])).data).toEqual([wanted]);
    expect(onBoard('/lib/a.py')).toBe('A = 1\n');
    expect(await result(['rm', '-r', '-y', '/lib', ...on])).toEqual({ ...wanted, dryRun: false });
    expect(board.node.flash.files()).toEqual(['/data.bin', '/notes.txt']);
  });

  it('does not mind what is not there only with --force', async () => {
    expect(await cli(['rm', '-y', '/none', ...on])).toMatchObject({ code: 1 });
    expect(await result(['rm', '-y', '-f', '/none', ...on])).toEqual({ removed: [], dryRun: false });
  });
});

describe('ota mv', () => {
  it('renames, and moves into directories', async () => {
    const renamed = { from: '/notes.txt', to: '/n.txt', dryRun: false };
    expect(await result(['mv', '/notes.txt', '/n.txt', ...on])).toEqual(renamed);
    expect(await result(['mv', '/n.txt', '/lib', ...on])).toMatchObject({ to: '/lib/n.txt' });
    expect(onBoard('/lib/n.txt')).toBe(main);
    expect((await cli(['mv', '--dry-run', '/data.bin', '/d', ...on])).stderr).toBe(
      'would rename /data.bin to /d\n',
    );
    expect(board.node.flash.files()).toContain('/data.bin');
    expect(await cli(['mv', '/none', '/d', ...on])).toMatchObject({ code: 1 });
  });
});

describe('ota cp', () => {
  it('copies a file to the board, back, and on the board', async () => {
    const cwd = await folderWith({ 'here.bin': binary });
    const up = { from: join(cwd, 'here.bin'), to: ':/there.bin', size: 6 };
    expect(await result(['cp', 'here.bin', ':/there.bin', ...on], { cwd })).toEqual({
      copied: [up],
      dryRun: false,
    });
    await result(['cp', ':/there.bin', ':/lib', ...on], { cwd });
    await result(['cp', ':/lib/there.bin', 'back.bin', ...on], { cwd });
    expect(await readFile(join(cwd, 'back.bin'))).toEqual(binary);
    expect((await cli(['cp', 'here.bin', ':/', ...on], { cwd })).stderr).toBe('1 file copied, 6 B\n');
    expect(board.node.flash.files()).toContain('/here.bin');
  });

  it('copies directories both ways with --recursive', async () => {
    const cwd = await folderWith({ 'assets/x/1.txt': 'one', 'assets/2.txt': 'two' });
    expect((await cli(['cp', 'assets', ':/', ...on], { cwd })).stderr).toContain('add --recursive');
    const { copied } = (await result(['cp', '-r', 'assets', ':/', ...on], { cwd })) as { copied: unknown[] };
    expect(copied).toHaveLength(2);
    expect(onBoard('/assets/x/1.txt')).toBe('one');
    await result(['cp', '-r', ':/lib', 'mirror', ...on], { cwd });
    expect(await readFile(join(cwd, 'mirror/deep/b.py'), 'utf8')).toBe('B = 22\n');
  });

  it('with --dry-run copies nothing', async () => {
    const cwd = await folderWith({ 'a/b.txt': 'x' });
    const { stderr } = await cli(['cp', '-r', '--dry-run', 'a', ':/', ...on], { cwd });
    expect(stderr).toBe(`would copy ${join(cwd, 'a')}/b.txt to /a/b.txt\n`);
    expect(board.node.flash.files()).not.toContain('/a/b.txt');
  });

  it.each([
    [['main.py'], /needs two paths at least/],
    [['a', 'b'], /no path is on the board: put a colon before it/],
    [['none.py', ':/x'], /none\.py is no file here/],
    [['x.txt', 'x.txt', ':/new'], /:\/new is no directory/],
    [[':/notes.txt', 'no/such/place'], /cannot write .*no\/such\/place/],
  ])('refuses %j', async (paths, message) => {
    const { code, stdout, stderr } = await cli(['cp', ...paths, ...on], {
      cwd: await folderWith({ 'x.txt': '' }),
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
