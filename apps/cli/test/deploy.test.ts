import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFiles, siteSettings } from '@ota/micropython-firmware';
import { sampleFirmware, SimulatedBoard, Site, type SimulatedBoardOptions } from '@ota/testbed';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { feedingApplication } from './helpers/feeding-application.ts';
import { folderWith } from './helpers/folder.ts';
import { json, result } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

let site: Site;
let version: string;

beforeAll(async () => {
  site = await Site.start();
  version = await site.commit({ files: { 'src/main.py': feedingApplication } });
});

afterAll(() => site.close());

/** A folder with the settings of a node and an image, as after `ota init`. */
async function prepared(name: string): Promise<string> {
  const files = await nodeFiles(siteSettings(site, name, { node: { resetJitter: 1 } }));
  return folderWith({
    'wifisettings.py': files['/wifisettings.py'] ?? '',
    'nodesettings.py': files['/nodesettings.py'] ?? '',
    'own.bin': sampleFirmware(),
  });
}

async function board(
  options: SimulatedBoardOptions = {},
): Promise<{ board: SimulatedBoard; address: string }> {
  const made = await SimulatedBoard.create({ ...options, node: { wifi: site.wifi, ...options.node } });
  onTestFinished(() => made.close());
  return { board: made, address: await made.serve('rfc2217') };
}

describe('ota deploy', () => {
  it('leaves a board as it is whose chip the image is not for', async () => {
    const cwd = await prepared('lamp');
    const { board: esp32, address } = await board({ firmware: sampleFirmware() });
    const before = Buffer.from(esp32.chip.flash.bytes);
    await writeFile(join(cwd, 'c3.bin'), sampleFirmware({ chip: 'esp32c3' }));
    const argv = ['deploy', '--flash', '--yes', '--file', 'c3.bin', '--board', 'ESP32_GENERIC_C3'];
    const { code, stderr } = await cli([...argv, '--port', address], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('The image is for the ESP32-C3, the board has an ESP32');
    expect(before.equals(esp32.chip.flash.bytes)).toBe(true);
  });

  it(
    'makes a node of a bare chip, and ends when the node says what it runs',
    { timeout: 90_000 },
    async () => {
      const cwd = await prepared('lamp');
      const { address } = await board();
      const argv = ['deploy', '--file', 'own.bin', '--port', address];
      // There may be something to lose on a board that does not answer: a person is asked.
      const types = [['will be replaced by MicroPython. Type "yes" to go on: ', 'yes\r']] as const;
      const { code, data } = await json(argv, { cwd, isTerminal: true, types });
      expect(code).toBe(0);
      expect(data).toMatchObject([
        { flashed: { image: { source: 'file' } }, report: { node: 'lamp', version } },
      ]);
    },
  );

  it(
    'does not flash a board with MicroPython, and brings only what differs',
    { timeout: 90_000 },
    async () => {
      const cwd = await prepared('shade');
      const made = await board({ firmware: sampleFirmware() });
      const argv = ['deploy', '--port', made.address];
      const { code, stdout } = await cli(argv, { cwd });
      expect(code).toBe(0);
      expect(stdout).toMatch(
        new RegExp(`^created +main\\.py$[^]*^shade runs ${version.slice(0, 10)}.* it said`, 'm'),
      );
      const again = await result([...argv, '--quick'], { cwd }).catch((error: unknown) => error);
      expect(again).toBeDefined();
      const dry = (await json([...argv, '--dry-run'], { cwd })).data;
      expect(dry).toMatchObject([{ flashed: null, report: null, dryRun: true, synced: { bytes: 0 } }]);
    },
  );

  it('listens to the console where the broker cannot be reached from here', { timeout: 90_000 }, async () => {
    const cwd = await prepared('bell');
    const { address } = await board({ firmware: sampleFirmware() });
    const argv = ['deploy', '--broker', 'mqtt://127.0.0.1:9', '--port', address];
    const { code, stderr, data } = await json(argv, { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('listening to the console alone');
    expect(data).toMatchObject([{ report: { seenBy: 'console', version } }]);
  });

  it("ends with the node's own words where it cannot run", { timeout: 90_000 }, async () => {
    const cwd = await prepared('dark');
    const { address } = await board({ firmware: sampleFirmware() });
    site.gogs.faults.always('/commits/', { kind: 'status', status: 403 });
    onTestFinished(() => {
      site.gogs.faults.clear();
    });
    const { code, stdout, stderr } = await cli(['deploy', '--port', address], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/ota deploy: dark runs no version: .*403/);
  });

  it('says how long it waited, and for what', { timeout: 60_000 }, async () => {
    const cwd = await prepared('mute');
    const { address } = await board({ firmware: sampleFirmware() });
    const argv = ['deploy', '--timeout', '0.5', '--broker', 'mqtt://127.0.0.1:9', '--port', address];
    const { code, stderr } = await cli(argv, { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/mute did not report a version within 0\.5 s/);
  });

  it('wants settings before it touches the board', async () => {
    const { code, stderr } = await cli(['deploy', '--port', 'socket://127.0.0.1:9'], {
      cwd: await folderWith(),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/wifisettings\.py is not in .*: make it with "ota init"/);
  });
});
