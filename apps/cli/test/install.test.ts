import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { deviceManifest, renderNodeSettings, renderWifiSettings } from '@ota/micropython-firmware';
import { sampleFirmware, SimulatedBoard, type SimulatedBoardOptions } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startBoard } from './helpers/boards.ts';
import { folderWith } from './helpers/folder.ts';
import { json, result } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

const wifi = renderWifiSettings({ wifiAP: 'site', wifiPassword: 'sesame', mqtt_ip: '192.168.1.2' });
const node = renderNodeSettings({ controllerName: 'lamp', gogsBase: 'http://git.test/ann' });

interface Synced {
  files: { path: string; action: string }[];
  bytes: number;
}

describe('ota rsync', () => {
  it('brings the device files and the settings, and the second time nothing', async () => {
    const board = await startBoard({
      files: { '/src/main.py': 'x', '/lib/ota/stale.py': 'x', '/lib/mine.py': 'x' },
    });
    const cwd = await folderWith({ 'wifisettings.py': wifi, 'nodesettings.py': node });
    const on = ['rsync', '--port', board.address];
    const dry = (await result([...on, '--dry-run'], { cwd })) as Synced;
    expect(dry).toMatchObject({ dryRun: true });
    expect(board.node.flash.files()).not.toContain('/main.py');
    const first = (await result(on, { cwd })) as Synced;
    expect(first).toEqual({ ...dry, dryRun: false });
    const { files } = await deviceManifest();
    const changed = first.files.map(({ path, action }) => `${action} /${path}`).sort();
    expect(changed).toEqual(
      [
        ...files.map(({ path }) => `created ${path}`),
        'created /wifisettings.py',
        'created /nodesettings.py',
        'deleted /lib/ota/stale.py',
      ].sort(),
    );
    expect(board.node.flash.readText('/nodesettings.py')).toBe(node);
    expect(board.node.flash.files()).toEqual(expect.arrayContaining(['/src/main.py', '/lib/mine.py']));
    const { stdout } = await cli(on, { cwd });
    expect(stdout).toMatch(/^0 files changed, 0 B; \d+ files as before\n$/);
  });

  it('takes either form of the device files, and doctor finds each as it should be', async () => {
    const board = await startBoard();
    const cwd = await folderWith({ 'wifisettings.py': wifi, 'nodesettings.py': node });
    const at = ['--port', board.address];
    const forms: [argv: string[], files: string[]][] = [
      [['--mpy'], ['/lib/ota/node.mpy']],
      [[], (await deviceManifest()).files.map(({ path }) => path).filter((path) => path.startsWith('/lib/'))],
    ];
    for (const [argv, files] of forms) {
      await result(['rsync', ...argv, ...at], { cwd });
      const there = board.node.flash.files().filter((path) => path.startsWith('/lib/'));
      expect(there.sort()).toEqual(files.sort());
      const { stdout } = await cli(['doctor', ...at], { cwd });
      expect(stdout).toMatch(/ok +device files +as in this version of ota/);
    }
    board.node.flash.removeTree('/lib/ota');
    board.node.flash.writeFile('/lib/ota/node.mpy', 'M');
    const { stdout } = await cli(['doctor', ...at], { cwd });
    expect(stdout).toMatch(/failed +device files +1 file differ/);
  });

  it('says which settings are missing, and refuses such as are no settings, before it touches the board', async () => {
    const board = await startBoard();
    const on = ['rsync', '--port', board.address];
    const none = await cli([...on, '--dry-run'], { cwd: await folderWith() });
    expect(none.code).toBe(0);
    expect(none.stderr).toMatch(/wifisettings\.py is not in .*"ota init" makes one/);
    const cwd = await folderWith({ 'wifisettings.py': 'settings = {"wifiPassword": sesame()}' });
    const { code, stderr } = await cli(on, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('wifisettings.py: line 1 has a value that is no literal');
    expect(board.node.flash.files()).toEqual([]);
  });

  it('brings a directory, and with --delete removes what is not in it, but no settings', async () => {
    const board = await startBoard({ files: { '/wifisettings.py': wifi, '/old.py': 'x', '/keep.me': 'x' } });
    const cwd = await folderWith({ 'app/main.py': 'print(1)\n', 'app/notes.md': '#' });
    const on = [
      'rsync',
      'app',
      '--delete',
      '--exclude',
      '*.md',
      '--protect',
      '*.me',
      '--port',
      board.address,
    ];
    const refused = await cli(on, { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/what is below \/ and not in app will be removed .*add --yes/);
    const { files } = (await result([...on, '--yes'], { cwd })) as Synced;
    expect(files.map(({ path, action }) => `${action} ${path}`)).toEqual([
      ...['kept keep.me', 'created main.py', 'deleted old.py', 'kept wifisettings.py'],
    ]);
    await result(['rsync', 'app', '--to', '/src', '--port', board.address], { cwd });
    expect(board.node.flash.readText('/src/notes.md')).toBe('#');
  });

  it.each([
    [['none'], /none is no directory here/],
    [['--to', '/src'], /are for a directory: name one/],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await cli(['rsync', ...argv, '--port', 'socket://127.0.0.1:9']);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

async function bareBoard(
  options: SimulatedBoardOptions = {},
): Promise<{ board: SimulatedBoard; on: string[] }> {
  const board = await SimulatedBoard.create(options);
  onTestFinished(() => board.close());
  return { board, on: ['--port', await board.serve('rfc2217')] };
}

describe('ota image', () => {
  it('puts MicroPython on a bare chip, from a file, and the second time nothing', async () => {
    const { board, on } = await bareBoard({ chip: 'esp32c3' });
    const cwd = await folderWith({ 'own.bin': sampleFirmware({ chip: 'esp32c3' }) });
    const argv = ['image', '--file', 'own.bin', '--yes', ...on];
    const dry = await cli([...argv, '--dry-run'], { cwd });
    expect(dry.stdout).toMatch(/^ESP32-C3.*: own\.bin \(.*\) would be written\n$/);
    expect(board.node.isOn).toBe(false);
    const { code, stdout, stderr } = await cli(argv, { cwd });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('own.bin') as string });
    expect(stderr).toContain('own.bin is a file of your own: no hash of it is known');
    await board.waitForOutput('>>> ');
    const { data } = await json(argv, { cwd });
    expect(data[0]).toMatchObject({
      written: 0,
      erased: false,
      image: { trust: 'none', source: 'file' },
    });
  });

  it('takes a file for a board of which no release is known', async () => {
    const { board, on } = await bareBoard({ chip: 'esp32c5' });
    const cwd = await folderWith({ 'own.bin': sampleFirmware({ chip: 'esp32c5' }) });
    const argv = ['image', '--board', 'SEEED_XIAO_ESP32C5', '--yes', ...on];
    expect((await cli(argv, { cwd })).stderr).toContain('no version latest of SEEED_XIAO_ESP32C5 is known');
    const { code, data } = await json([...argv, '--file', 'own.bin'], { cwd });
    expect(code).toBe(0);
    expect(data[0]).toMatchObject({ image: { board: 'SEEED_XIAO_ESP32C5', version: 'unknown' } });
    expect(board.chip.flash.bytes[0x2000]).toBe(0xe9);
  });

  it('fetches the image for the chip, from a mirror if there is one, and keeps it', async () => {
    const { on } = await bareBoard({ chip: 'esp32' });
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(sampleFirmware());
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await expect.poll(() => server.listening).toBe(true);
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const cwd = await folderWith();
    const argv = ['image', '--yes', '--mirror', mirror, '--cache', 'cache', '--micropython', '1.26.1', ...on];
    const { code, data } = await json(argv, { cwd });
    expect(code).toBe(0);
    expect(data[0]).toMatchObject({
      image: { board: 'ESP32_GENERIC', version: '1.26.1', source: 'download', trust: 'first' },
    });
    expect(asked).toEqual(['/ESP32_GENERIC-20250911-v1.26.1.bin']);
    const offline = await json([...argv, '--offline'], { cwd });
    expect(offline.data[0]).toMatchObject({
      written: 0,
      image: { source: 'cache', trust: 'pinned' },
    });
  });

  it.each([
    ['for another chip', ['--file', 'c3.bin'], 1, /another chip/],
    [
      'for the board of another chip',
      ['--file', 'c3.bin', '--board', 'ESP32_GENERIC_C3'],
      3,
      /The image is for the ESP32-C3, the board has an ESP32/,
    ],
    ['that is damaged', ['--file', 'bad.bin'], 1, /image's|damaged/],
    ['that is not there', ['--file', 'none.bin'], 2, /none\.bin is no file here/],
    ['of an unknown board', ['--board', 'TOASTER'], 2, /no board is called TOASTER/],
    ['of an unknown version', ['--micropython', '0.1'], 2, /no version 0\.1/],
    ['that is not in the cache', ['--offline', '--cache', 'none'], 1, /is not in .*none: fetch it once/],
  ])('refuses an image %s before it erases the flash', async (_, argv, exit, message) => {
    const { board, on } = await bareBoard({ firmware: sampleFirmware() });
    const before = Buffer.from(board.chip.flash.bytes);
    const bad = Buffer.from(sampleFirmware());
    bad[0x300] = (bad[0x300] ?? 0) ^ 1;
    const cwd = await folderWith({ 'c3.bin': sampleFirmware({ chip: 'esp32c3' }), 'bad.bin': bad });
    const { code, stdout, stderr } = await cli(['image', '--yes', '--erase', ...argv, ...on], { cwd });
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(before.equals(board.chip.flash.bytes)).toBe(true);
  });

  it('with --erase leaves nothing of before', async () => {
    const { board, on } = await bareBoard({ firmware: sampleFirmware() });
    board.chip.flash.program(0x30_0000, Buffer.from('before'));
    const cwd = await folderWith({ 'own.bin': sampleFirmware({ version: 'v1.28.0' }) });
    const { data } = await json(['image', '--yes', '--erase', '--file', 'own.bin', ...on], { cwd });
    expect(data[0]).toMatchObject({ erased: true, image: { source: 'file' } });
    expect(board.chip.flash.bytes.subarray(0x30_0000, 0x30_0006).every((byte) => byte === 0xff)).toBe(true);
    expect(board.chip.flash.bytes[0x1000]).toBe(0xe9);
  });

  it('needs a yes', async () => {
    const { code, stderr } = await cli(['image', '--port', 'rfc2217://127.0.0.1:9']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the firmware of rfc2217:.* will be replaced: to go on, add --yes/);
  });
});

describe('ota erase', () => {
  it('erases all of the flash, or a part', async () => {
    const firmware = sampleFirmware();
    const { board, on } = await bareBoard({ firmware });
    expect((await cli(['erase', ...on])).code).toBe(2);
    const dry = await cli(['erase', '--dry-run', ...on]);
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('all of the flash would be erased') as string,
    });
    expect(board.chip.flash.bytes[0x1000]).toBe(0xe9);
    const part = ['erase', '--yes', '--address', '0x9000', '--length', '0x6000', ...on];
    expect((await cli(part)).stdout).toContain('24576 bytes');
    expect(board.chip.flash.bytes[0x1000]).toBe(0xe9);
    const { code, data } = await json(['erase', '--yes', ...on]);
    expect(code).toBe(0);
    expect(data[0]).toMatchObject({
      chip: { name: 'ESP32' },
      erased: { length: null },
      dryRun: false,
    });
    expect(board.chip.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
  });

  it('leaves a locked chip as it is, unless --force names the lock', async () => {
    const firmware = sampleFirmware();
    const { board, on } = await bareBoard({ firmware, security: { secureBoot: true } });
    const dry = await cli(['erase', '--dry-run', ...on]);
    expect(dry.code).toBe(3);
    const { code, stderr } = await cli(['erase', '--yes', ...on]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/secure boot on: what is erased may not be put back.*--force 'secure-boot'/);
    expect(board.chip.flash.bytes[0x1000]).toBe(0xe9);
    const forced = await cli(['erase', '--yes', '--force', 'secure-boot', ...on]);
    expect(forced.code).toBe(0);
    expect(board.chip.flash.bytes[0x1000]).toBe(0xff);
  });

  it.each([
    [['--address', '0x1000'], /go together/],
    [['--address', '5', '--length', '0x1000'], /whole sectors/],
    [['--address', 'x', '--length', '1'], /has to be a number/],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await cli(['erase', '--yes', ...argv, '--port', 'rfc2217://127.0.0.1:9']);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('ota info --chip', () => {
  it('asks the chip itself, and starts the board again', async () => {
    const { board, on } = await bareBoard({ chip: 'esp32s3', firmware: sampleFirmware({ chip: 'esp32s3' }) });
    const info = await result(['info', '--chip', ...on]);
    expect(info).toMatchObject({ micropython: null, chip: { name: 'ESP32-S3', flashSize: 4 * 1024 * 1024 } });
    await board.waitForOutput('>>> ');
  });
});
