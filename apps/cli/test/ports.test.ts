import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLink } from '@ota/device-fs';
import { nodeFiles } from '@ota/micropython-firmware';
import { sampleFirmware, servePty, SimulatedBoard } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { registry } from '../src/registry.ts';
import { startBoard } from './helpers/boards.ts';
import { cutAfter } from './helpers/cut.ts';
import { folderWith } from './helpers/folder.ts';
import { result } from './helpers/results.ts';
import { cli, portInfo } from './helpers/run-cli.ts';

/** For every command of a board: a command line that works, but for the port; `loader` talks to the chip's ROM. */
const lines: Record<string, { argv: string[]; loader?: true; waits?: true }> = {
  deploy: { argv: ['--yes'] },
  info: { argv: [] },
  rsync: { argv: ['dir'] },
  image: { argv: ['--yes', '--file', 'own.bin'], loader: true },
  erase: { argv: ['--yes'], loader: true },
  reset: { argv: ['--soft'] },
  // It waits for a cable that was pulled; test/code.test.ts has that.
  repl: { argv: [], waits: true },
  ls: { argv: [] },
  tree: { argv: [] },
  cat: { argv: ['/x.txt'] },
  cp: { argv: ['x.py', ':/y.py'] },
  mv: { argv: ['/x.txt', '/y.txt'] },
  rm: { argv: ['--yes', '/x.txt'] },
  mkdir: { argv: ['/new'] },
  df: { argv: [] },
  sha256: { argv: ['/x.txt'] },
  run: { argv: ['x.py'] },
  exec: { argv: ['print(1)'] },
  mount: { argv: ['dir', 'main'] },
};
const cases = Object.entries(lines).map(([name, line]) => ({ name, ...line }));

async function folder(): Promise<string> {
  const settings = await nodeFiles({
    wifi: { wifiAP: 'site', mqtt_ip: '127.0.0.1', mqtt_port: 9 },
    node: { controllerName: 'lamp', gogsBase: 'http://127.0.0.1:9/ann' },
  });
  return folderWith({
    ...{ 'dir/main.py': 'print(1)\n', 'x.py': 'print(1)\n', 'own.bin': sampleFirmware() },
    'wifisettings.py': settings['/wifisettings.py'] ?? '',
    'nodesettings.py': settings['/nodesettings.py'] ?? '',
  });
}

describe('the commands of a board', () => {
  it('are all in this specification', async () => {
    const loaded = await Promise.all(registry.map(({ load }) => load()));
    const names = loaded
      .filter(({ command }) => (command.boards ?? 'none') !== 'none')
      .map(({ command }) => command.name);
    expect(Object.keys(lines).sort()).toEqual(names.sort());
  });

  it.each(cases)(
    '$name: a port that is not there ends with 3, on a pipe and on a terminal',
    async ({ name, argv }) => {
      const cwd = await folder();
      for (const isTerminal of [false, true]) {
        const { code, stdout, stderr } = await cli([name, ...argv, '--port', '/dev/nowhere'], {
          cwd,
          isTerminal,
        });
        expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
        expect(stderr).toMatch(
          /\/dev\/nowhere.*(is not there|does not exist|no such).*"ota ports"|\/dev\/nowhere.*plug/i,
        );
      }
      const asJson = await cli([name, ...argv, '--port', '/dev/nowhere', '--json'], { cwd });
      const line = asJson.stderr.trimEnd().split('\n').at(-1) ?? '';
      expect(JSON.parse(line)).toMatchObject({
        error: { code: expect.stringContaining('NOT_FOUND') as string, exitCode: 3 },
      });
    },
  );

  it.each(cases.filter(({ waits, loader }) => !waits && !loader))(
    '$name: a cable that is pulled ends with 3, and leaves the board usable',
    { timeout: 60_000 },
    async ({ name, argv }) => {
      const cwd = await folder();
      const { address } = await startBoard({ files: { '/x.txt': 'x' } });
      const cut = await cutAfter(address, 60);
      const { code, stderr } = await cli([name, ...argv, '--port', cut], { cwd });
      expect(stderr).toMatch(/lost|broke/i);
      expect(code).toBe(3);
      expect(await cli(['exec', 'print(6 * 7)', '--port', address])).toMatchObject({
        code: 0,
        stdout: '42\n',
      });
    },
  );

  it.each(cases.filter(({ loader }) => loader))(
    '$name: a cable that is pulled ends with 3, and the same again succeeds',
    { timeout: 60_000 },
    async ({ name, argv }) => {
      const cwd = await folder();
      const board = await SimulatedBoard.create();
      onTestFinished(() => board.close());
      const address = await board.serve('rfc2217');
      const { code, stderr } = await cli([name, ...argv, '--port', await cutAfter(address, 700)], { cwd });
      expect(stderr).toMatch(/lost|cable/i);
      expect(code).toBe(3);
      expect((await cli([name, ...argv, '--port', address], { cwd })).code).toBe(0);
    },
  );

  it.each(cases)(
    '$name: a port that is forbidden ends with 3 and says how to be let in',
    async ({ name, argv }) => {
      const cwd = await folder();
      const port = join(cwd, 'port');
      await writeFile(port, '');
      await chmod(port, 0);
      // For root nothing is forbidden: for the time of the command it is somebody else.
      const isRoot = process.getuid?.() === 0;
      if (isRoot) process.seteuid?.(65_534);
      try {
        const { code, stderr } = await cli([name, ...argv, '--port', port], { cwd });
        expect(stderr).toMatch(/may not be opened|permission/i);
        expect(code).toBe(3);
      } finally {
        if (isRoot) process.seteuid?.(0);
      }
    },
  );
});

describeWithTools(['socat'], 'a port that another program has', () => {
  it.each(cases)('$name: ends with 3 and says to close it', async ({ name, argv }) => {
    const cwd = await folder();
    const { node } = await startBoard();
    const { path, close } = await servePty(node.console);
    const other = await openLink(path);
    onTestFinished(async () => {
      await other.close();
      await close();
    });
    const { code, stderr } = await cli([name, ...argv, '--port', path], { cwd });
    expect(stderr).toMatch(/close (it|the other)/i);
    expect(code).toBe(3);
  });
});

describe('several boards', () => {
  it('are worked on at once; one that fails stops no other', async () => {
    const first = await startBoard({ files: { '/a.txt': 'a' } });
    const second = await startBoard({ files: { '/b.txt': 'b' } });
    const ports = [first.address, '/dev/nowhere', second.address];
    const { code, stdout, stderr } = await cli(['ls', '--port', ports.join(',')]);
    expect(code).toBe(3);
    expect(stdout.split('\n').sort()).toEqual(
      ['', `${first.address}: a.txt`, `${second.address}: b.txt`].sort(),
    );
    expect(stderr).toMatch(/^\/dev\/nowhere: .*is not there/);
    const asJson = await cli(['ls', '--json', '--port', ports.join(',')]);
    const told = asJson.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { port: string }).port);
    expect(told.sort()).toEqual([first.address, second.address].sort());
    expect(JSON.parse(asJson.stderr)).toMatchObject({ port: '/dev/nowhere', error: { exitCode: 3 } });
  });

  it('have a line each while something is brought to them, on a terminal', async () => {
    const boards = [await startBoard(), await startBoard()];
    const cwd = await folderWith({ 'dir/big.bin': Buffer.alloc(40_000, 'abc') });
    const port = boards.map(({ address }) => address).join(',');
    const { code, stderr } = await cli(['rsync', 'dir', '--port', port], { cwd, isTerminal: true });
    expect(code).toBe(0);
    for (const { address, node } of boards) {
      expect(stderr).toMatch(new RegExp(`${address}  files \\[#*\\.*\\] \\d+ % .* of 39\\.1 KiB`));
      expect(node.flash.files()).toEqual(['/big.bin']);
    }
    expect((await cli(['rsync', 'dir', '--port', port], { cwd })).stderr).not.toContain('%');
  });

  it('one alone shows the rate and the time that is left', async () => {
    const { address } = await startBoard();
    const cwd = await folderWith({ 'dir/big.bin': randomBytes(40_000) });
    const { stderr } = await cli(['rsync', 'dir', '--port', address], { cwd, isTerminal: true });
    const bar =
      /files \[#+\.*\] \d+ % {2}[\d.]+ (B|KiB) of 39\.1 KiB {2}[\d.]+ (B|KiB|MiB)\/s {2}(\d+ min )?\d+ s left\n/;
    expect(stderr).toMatch(bar);
  });

  it('are those that are plugged in, with --all; one alone needs no name', async () => {
    const { address } = await startBoard({ files: { '/a.txt': 'a' } });
    const other = portInfo('/dev/ttyS0', { isLikely: false, chip: undefined });
    const only = [portInfo(address), other];
    expect((await cli(['ls'], { ports: only })).stdout).toBe('a.txt\n');
    expect((await cli(['ls', '--all'], { ports: only })).stdout).toBe('a.txt\n');
    const two = await cli(['ls'], { ports: [...only, portInfo('/dev/b')] });
    expect(two.code).toBe(2);
    expect(two.stderr).toMatch(/several boards are plugged in \(.*\): name one with --port, or take --all/);
    expect(await cli(['ls'], { ports: [] })).toMatchObject({ code: 3 });
    expect((await cli(['ls', '--all', '--port', 'x'])).stderr).toContain('exclude each other');
    expect((await cli(['cat', '/x', '--port', 'a,b'])).stderr).toContain('this works with one board');
  });
});

describe('ota ports', () => {
  it('lists what is there, likely boards in bold on a terminal that wants colour', async () => {
    const ports = [
      portInfo('/dev/ttyUSB0', { serialNumber: '007' }),
      portInfo('/dev/ttyS0', { isLikely: false, chip: undefined }),
    ];
    const { stdout } = await cli(['ports'], { ports });
    expect(stdout).toMatch(/^PORT +USB +CHIP +SERIAL NUMBER\n\/dev\/ttyUSB0 +10c4:ea60 +CP210x +007\n/);
    expect((await cli(['ports'], { ports, isTerminal: true })).stdout).toContain(
      '\u001b[1m/dev/ttyUSB0\u001b[0m',
    );
    const plain = await cli(['ports'], { ports, isTerminal: true, env: { NO_COLOR: '1' } });
    expect(plain.stdout).toBe(stdout);
    const { ports: likely } = (await result(['ports', '--likely'], { ports })) as { ports: object[] };
    expect(likely).toMatchObject([{ path: '/dev/ttyUSB0', isLikely: true }]);
    expect(await cli(['ports'], { ports: [] })).toMatchObject({ code: 0, stdout: '' });
  });
});
