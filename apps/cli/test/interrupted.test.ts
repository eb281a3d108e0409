import { randomBytes } from 'node:crypto';
import { nodeFiles } from '@ota/micropython-firmware';
import { sampleFirmware } from '@ota/testbed';
import { describe, expect, it } from 'vitest';
import { startSimulatedBoard } from './helpers/bare-board.ts';
import { startBoard } from './helpers/boards.ts';
import { cableTo } from './helpers/cut.ts';
import { folderWith } from './helpers/folder.ts';
import { cli, type CliOptions } from './helpers/run-cli.ts';

/** Settings of a node that finds nothing on its network, an image, and something that takes a while to be sent. */
async function folder(): Promise<string> {
  const settings = await nodeFiles({
    wifi: { wifiAP: 'site', mqtt_ip: '127.0.0.1', mqtt_port: 9 },
    node: { controllerName: 'lamp', gogsBase: 'http://127.0.0.1:9/ann' },
  });
  return folderWith({
    'dir/big.bin': randomBytes(60_000),
    'own.bin': sampleFirmware(),
    'wifisettings.py': settings['/wifisettings.py'] ?? '',
    'nodesettings.py': settings['/nodesettings.py'] ?? '',
  });
}

/** Ctrl-C as soon as a text was shown. */
function interruptedAt(pattern: RegExp): CliOptions {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onWrite: ({ stdout, stderr }) => {
      if (pattern.test(stdout + stderr)) controller.abort(new Error('interrupted'));
    },
  };
}

async function isUsable(address: string): Promise<void> {
  const { code, stdout } = await cli(['exec', 'print(6 * 7)', '--port', address]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' });
}

describe('Ctrl-C', () => {
  it.each([
    ['rsync', ['dir'], /files \[/],
    ['cp', ['--recursive', 'dir', ':/'], /\[#*\.*\] \d+ %/],
    ['run', ['endless.py'], /tick/],
    ['mount', ['.', 'endless'], /tick/],
  ])('in ota %s ends it with 130, and leaves the board at its prompt', async (name, argv, pattern) => {
    const cwd = await folderWith({
      'dir/big.bin': randomBytes(60_000),
      'endless.py': 'while True:\n    print("tick")\n',
    });
    const { address } = await startBoard();
    const options = { cwd, isTerminal: true, ...interruptedAt(pattern) };
    expect(await cli([name, ...argv, '--port', address], options)).toMatchObject({ code: 130 });
    await isUsable(address);
    if (name === 'rsync') expect((await cli([name, ...argv, '--port', address], { cwd })).code).toBe(0);
  });

  it.each([
    ['erase', [], /erasing/],
    ['image', ['--file', 'own.bin', '--erase'], /erasing/],
    ['image', ['--file', 'own.bin'], /image \[/],
  ])(
    'in ota %s %j ends it with 130, and the same again succeeds',
    { timeout: 60_000 },
    async (name, more, pattern) => {
      const cwd = await folder();
      const { address } = await startSimulatedBoard();
      const argv = [name, '--yes', ...more, '--port', address];
      const options = { cwd, isTerminal: true, ...interruptedAt(pattern) };
      expect(await cli(argv, options)).toMatchObject({ code: 130 });
      expect((await cli(argv, { cwd })).code).toBe(0);
    },
  );

  it.each([
    ['the flash is erased', /erasing, then writing/],
    ['files are brought', /files \[/],
    ['the node is waited for', /waiting for lamp/],
  ])(
    'in ota deploy while %s ends it with 130, and the same again goes on',
    { timeout: 120_000 },
    async (_, pattern) => {
      const cwd = await folder();
      const { address } = await startSimulatedBoard();
      const argv = ['deploy', '--yes', '--file', 'own.bin', '--port', address];
      const options = { cwd, isTerminal: true, ...interruptedAt(pattern) };
      expect(await cli(argv, options)).toMatchObject({ code: 130 });
      expect((await cli([...argv, '--quick'], { cwd })).code).toBe(0);
      await isUsable(address);
    },
  );

  it.each([
    ['init', 'Name of the node: '],
    ['erase', 'Type "yes" to go on: '],
  ])('at a question of ota %s ends it with 130, and nothing was done', async (name, question) => {
    const { board, address } = await startSimulatedBoard({ firmware: sampleFirmware() });
    const types = [[question, '\u0003']] as const;
    const more = name === 'init' ? [] : ['--port', address];
    const { code, stdout } = await cli([name, ...more], { cwd: await folderWith(), isTerminal: true, types });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(board.chip.flash.bytes[0x1000]).toBe(0xe9);
  });
});

/** Command lines of a board that take more than a few bytes. */
const lines: Record<string, string[]> = {
  info: [],
  rsync: ['dir'],
  ls: ['/'],
  tree: ['/'],
  cat: ['/x.txt'],
  cp: ['dir/big.bin', ':/big.bin'],
  mv: ['/x.txt', '/y.txt'],
  rm: ['--yes', '/x.txt'],
  mkdir: ['/new'],
  df: [],
  sha256: ['/x.txt'],
  exec: ['for i in range(2000): print(i)'],
};

describe('a cable that is pulled', () => {
  it.each(Object.entries(lines))(
    'ends ota %s with 3, wherever it is',
    { timeout: 120_000 },
    async (name, more) => {
      const cwd = await folder();
      const { address } = await startBoard({ files: { '/x.txt': Buffer.alloc(12_000, 'x') } });
      for (const bytes of [60, 400, 2_000, 8_000]) {
        const cable = await cableTo(address, { bytes });
        const { code, stderr } = await cli([name, ...more, '--port', cable.address], { cwd });
        // What says less than that is done before.
        expect({ bytes, code, stderr }).toMatchObject(
          cable.isCut() ? { code: 3, stderr: expect.stringMatching(/lost|broke/i) as string } : { code: 0 },
        );
        if (!cable.isCut()) break;
        await isUsable(address);
        await cli(['cp', 'dir/big.bin', ':/x.txt', '--port', address], { cwd });
      }
    },
  );

  it.each([60, 400, 700, 2_000, 8_000])(
    'after %i bytes ends erase and image with 3, and the same again succeeds',
    { timeout: 120_000 },
    async (bytes) => {
      const cwd = await folder();
      for (const [name, ...more] of [['image', '--file', 'own.bin'], ['erase']] as const) {
        const { address } = await startSimulatedBoard();
        const cable = await cableTo(address, { bytes });
        const { code } = await cli([name, '--yes', ...more, '--port', cable.address], { cwd });
        expect({ name, code }).toEqual({ name, code: cable.isCut() ? 3 : 0 });
        expect((await cli([name, '--yes', ...more, '--port', address], { cwd })).code).toBe(0);
      }
    },
  );

  it.each([
    ['is flashed', 2, 900],
    ['gets its files', 3, 60],
    ['gets its files', 3, 500],
    ['is reset', 4, 60],
  ])(
    'while a board %s (connection %i, byte %i) ends deploy with 3, and the same again goes on',
    { timeout: 120_000 },
    async (_, connection, bytes) => {
      const cwd = await folder();
      const { address } = await startSimulatedBoard();
      const cable = await cableTo(address, { bytes, connection });
      const argv = ['deploy', '--yes', '--file', 'own.bin', '--quick', '--port'];
      const { code, stderr } = await cli([...argv, cable.address], { cwd });
      expect({ isCut: cable.isCut(), code, stderr }).toMatchObject({
        ...{ isCut: true, code: 3, stderr: expect.stringMatching(/lost|cable|broke|hung up/i) as string },
      });
      expect((await cli([...argv, address], { cwd })).code).toBe(0);
    },
  );
});
