import { nodeFiles, siteSettings } from '@ota/micropython-firmware';
import { sampleFirmware, Site } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSimulatedBoard } from './helpers/bare-board.ts';
import { cableTo } from './helpers/cut.ts';
import { folderWith } from './helpers/folder.ts';
import { json } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

const application = `def start(env):
    while True:
        env["wdt"].feed()
        env["time"].sleep(0.1)
`;
/** As it is in a deploy: probe, sync, reset, console. */
const consoleConnection = 4;

interface Prepared {
  readonly site: Site;
  readonly version: string;
  readonly cwd: string;
  readonly address: string;
}

async function prepared(name: string): Promise<Prepared> {
  const site = await Site.start();
  onTestFinished(() => site.close());
  const version = await site.commit({ files: { 'src/main.py': application } });
  const files = await nodeFiles(siteSettings(site, name, { node: { resetJitter: 1 } }));
  const cwd = await folderWith({
    'wifisettings.py': files['/wifisettings.py'] ?? '',
    'nodesettings.py': files['/nodesettings.py'] ?? '',
  });
  const { address } = await startSimulatedBoard({ firmware: sampleFirmware(), node: { wifi: site.wifi } });
  return { site, version, cwd, address };
}

describe('ota deploy at a port that leaves with the reset', () => {
  it('opens it again when it is back, and goes on listening', { timeout: 90_000 }, async () => {
    const { version, cwd, address } = await prepared('lamp');
    const cable = await cableTo(address, { bytes: 1, connection: consoleConnection, backMs: 300 });
    const argv = ['deploy', '--broker', 'mqtt://127.0.0.1:9', '--port', cable.address];
    const { code, data } = await json(argv, { cwd });
    expect(code).toBe(0);
    expect(data).toMatchObject([{ report: { seenBy: 'console', version } }]);
    expect(cable.isCut()).toBe(true);
    expect(cable.connections()).toBeGreaterThan(consoleConnection);
  });

  it('ends by what the node says over MQTT where it never comes back', { timeout: 90_000 }, async () => {
    const { version, cwd, address } = await prepared('bell');
    const cable = await cableTo(address, { bytes: 1, connection: consoleConnection });
    const { code, data } = await json(['deploy', '--port', cable.address], { cwd });
    expect(code).toBe(0);
    expect(data).toMatchObject([{ report: { seenBy: 'mqtt', version, error: null } }]);
    expect(cable.isCut()).toBe(true);
  });

  it('says that the port is gone where nothing else tells of the node', { timeout: 90_000 }, async () => {
    const { cwd, address } = await prepared('mute');
    const cable = await cableTo(address, { bytes: 1, connection: consoleConnection });
    const argv = ['deploy', '--timeout', '1', '--broker', 'mqtt://127.0.0.1:9', '--port', cable.address];
    const { code, stderr } = await cli(argv, { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/mute did not report a version within 1 s, .*its port is gone/);
  });
});

describe('ota deploy of a node that runs a version and has an error', () => {
  it('shows both', { timeout: 90_000 }, async () => {
    const { site, cwd, address } = await prepared('cold');
    await json(['deploy', '--port', address], { cwd });
    await site.commit({ files: { 'src/main.py': `${application}# two\n` } });
    site.gogs.faults.always('/commits/', { kind: 'status', status: 403 });
    // The console tells the version before the state is out: with the cable away there is only MQTT.
    const cable = await cableTo(address, { bytes: 1, connection: consoleConnection });
    const { code, stdout } = await cli(['deploy', '--port', cable.address], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /cold runs [0-9a-f]{10} .*it said over MQTT\nits last look for an update failed: .*403/,
    );
  });
});
