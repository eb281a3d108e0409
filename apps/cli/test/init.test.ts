import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceFiles, nodeFiles, readSettings, siteSettings } from '@ota/micropython-firmware';
import { serveOnTcp, Site, type VirtualNode } from '@ota/testbed';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { folderWith } from './helpers/folder.ts';
import { json, result } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

let site: Site;

beforeAll(async () => {
  site = await Site.start();
  await site.commit({ files: { 'src/main.py': 'def start(env): pass\n' } });
});

afterAll(() => site.close());

interface Checked {
  checks: { name: string; status: string; detail: string }[];
}

const gogs = (): string => `${site.gogs.baseUrl}/${site.repository}`;
const broker = (): string => `mqtt://${site.broker.host}:${site.broker.port}`;
const flags = (): string[] => [
  '--node',
  'lamp',
  '--wifi',
  'site',
  '--broker',
  broker(),
  '--gogs',
  gogs(),
  '--branch',
  'main',
];
const secrets = (): Record<string, string> => ({ OTA_WIFI_PASSWORD: 'sesame', OTA_GOGS_TOKEN: site.token });

async function settingsIn(folder: string): Promise<Record<string, unknown>> {
  const texts = ['wifisettings.py', 'nodesettings.py'].map((name) => readFile(join(folder, name), 'utf8'));
  return Object.assign({}, ...(await Promise.all(texts)).map(readSettings)) as Record<string, unknown>;
}

function statuses({ checks }: Checked): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]));
}

describe('ota init', () => {
  it('takes every answer from flags and environment, tries them, and writes files for the owner alone', async () => {
    const cwd = await folderWith({ '.gitignore': 'node_modules' });
    const done = (await result(['init', ...flags()], { cwd, env: secrets() })) as Checked;
    const good = {
      address: 'warning',
      broker: 'ok',
      Gogs: 'ok',
      'Gogs token': 'ok',
      repository: 'ok',
      branch: 'ok',
      WiFi: 'skipped',
    };
    expect(statuses(done)).toEqual(good);
    expect(await settingsIn(cwd)).toEqual({
      ...{ wifiAP: 'site', wifiPassword: 'sesame', mqtt_ip: site.broker.host, mqtt_port: site.broker.port },
      ...{ controllerName: 'lamp', gogsRemote: gogs(), gogsBranch: 'main', gogsToken: site.token },
    });
    for (const name of ['wifisettings.py', 'nodesettings.py']) {
      const { mode } = await stat(join(cwd, name));
      if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o600);
    }
    const ignored = 'node_modules\nwifisettings.py\nnodesettings.py\n';
    expect(await readFile(join(cwd, '.gitignore'), 'utf8')).toBe(ignored);
  });

  it('asks a person, proposes what it knows, hides secrets, and asks again where an answer cannot be right', async () => {
    const cwd = await folderWith();
    const types = [
      ['Name of the node: ', 'kitchen/1\r'],
      ['must not hold', 'kitchen\r'],
      ['WiFi network: ', 'site\r'],
      ['WiFi password', 'open sesame\r'],
      ['MQTT broker', `${broker()}\r`],
      ['User name', '\r'],
      ['Repository', `${gogs()}\r`],
      ['[master]: ', 'main\r'],
      ['Token', `${site.token}\r`],
    ] as const;
    const { code, stdout, stderr } = await cli(['init'], { cwd, isTerminal: true, types });
    expect(stdout + stderr).not.toMatch(new RegExp(`sesame|${site.token}`));
    expect(stdout).toMatch(/ok.* +Gogs token +belongs to node/);
    expect(code).toBe(0);
    expect(await settingsIn(cwd)).toMatchObject({ controllerName: 'kitchen', wifiPassword: 'open sesame' });
  });

  it('keeps what it does not ask for, and replaces files only with a yes', async () => {
    const cwd = await folderWith({
      'nodesettings.py': 'settings = {"controllerName": "old", "trialBoots": 5, "room": "attic"}\n',
    });
    const argv = ['init', ...flags()];
    const refused = await cli(argv, { cwd, env: secrets() });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/nodesettings\.py will be replaced: to go on, add --yes/);
    expect((await cli([...argv, '--dry-run'], { cwd, env: secrets() })).stderr).toMatch(
      /would write .*nodesettings/,
    );
    expect(await readFile(join(cwd, 'nodesettings.py'), 'utf8')).toContain('"old"');
    await result([...argv, '--yes'], { cwd, env: secrets() });
    expect(await settingsIn(cwd)).toMatchObject({ controllerName: 'lamp', trialBoots: 5, room: 'attic' });
  });

  it('writes nothing where something does not answer, and ends with 4, unless it is told not to try', async () => {
    const cwd = await folderWith();
    const argv = ['init', ...flags(), '--broker', 'mqtt://127.0.0.1:9'];
    const env = { ...secrets(), OTA_GOGS_TOKEN: 'f'.repeat(40) };
    const { code, data } = await json(argv, { cwd, env });
    expect(code).toBe(4);
    expect(statuses(data[0] as Checked)).toMatchObject({ broker: 'failed', 'Gogs token': 'failed' });
    await expect(readFile(join(cwd, 'nodesettings.py'))).rejects.toThrow('ENOENT');
    expect((await result([...argv, '--skip-checks'], { cwd, env })) as Checked).toMatchObject({ checks: [] });
    expect(await settingsIn(cwd)).toMatchObject({ mqtt_port: 9 });
  });

  it('names all that is missing where nobody can be asked', async () => {
    const { code, stderr } = await cli(['init'], { cwd: await folderWith() });
    expect(code).toBe(2);
    for (const name of ['--node', 'OTA_WIFI', '--broker', '--gogs', 'OTA_GOGS_TOKEN'])
      expect(stderr).toContain(name);
  });

  it.each([
    [['--broker', 'http://x'], /is no broker's address/],
    [['--broker', 'mqtt://me:sesame@x'], /must hold no password/],
    [['--gogs', 'http://x/only'], /is no repository's address/],
    [['--gogs', 'http://me:sesame@x/a/b'], /must hold no password/],
    [['--gogs', 'https://x/a/b', '--skip-checks'], /gogsCa/],
    [['--settings', 'none'], /none is no directory here/],
    [['--node', 'a/b'], /must not hold/],
  ])('refuses %j', async (argv, message) => {
    const { code, stdout, stderr } = await cli(['init', ...flags(), ...argv], {
      cwd: await folderWith(),
      env: secrets(),
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('sesame');
  });
});

async function powered(
  files: Record<string, string | Uint8Array>,
): Promise<{ node: VirtualNode; address: string }> {
  const node = await site.addNode({ name: `node${site.nodes.length}`, files });
  await node.powerOn();
  const tcp = await serveOnTcp(node.console);
  onTestFinished(() => tcp.close());
  return { node, address: `socket://${tcp.host}:${tcp.port}` };
}

describe('ota doctor', () => {
  it('finds all in order on a node that is, and starts it again', async () => {
    const facts = siteSettings(site, 'lamp');
    const files = await nodeFiles(facts);
    const { node, address } = await powered(files);
    const cwd = await folderWith({
      'wifisettings.py': files['/wifisettings.py'] ?? '',
      'nodesettings.py': files['/nodesettings.py'] ?? '',
    });
    const booted = node.waitForBoot({ timeoutMs: 30_000 });
    const { checks } = (await result(['doctor', '--port', address], { cwd })) as Checked;
    await booted;
    const names = ['port', 'board', 'firmware', 'device files', 'settings', 'WiFi'];
    const services = ['Gogs', 'Gogs token', 'repository', 'branch', 'clock', 'broker'];
    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual(
      [...names, ...services].map((name) => `${name} ok`),
    );
  });

  it('says of an empty board what is missing, and what to do', async () => {
    const { address } = await powered({});
    const { code, stdout } = await cli(['doctor', '--port', address], { cwd: '/' });
    expect(code).toBe(3);
    expect(stdout).toMatch(/failed +device files +\d+ files differ: bring them with "ota rsync"/);
    expect(stdout).toMatch(
      /failed +settings +\/wifisettings\.py is not on the board: make them with "ota init"/,
    );
    expect(stdout).toMatch(/skipped +Gogs +no repository is known: "ota init" asks for it/);
  });

  it('sees a network that is not in range, and settings that are broken', async () => {
    const own = Object.fromEntries((await deviceFiles()).map(({ path, content }) => [path, content]));
    const wifi = 'settings = {"wifiAP": "elsewhere", "mqtt_ip": "x"}';
    const far = await powered({
      ...own,
      '/wifisettings.py': wifi,
      '/nodesettings.py': 'settings = {"controllerName": "a"}',
    });
    const told = (await cli(['doctor', '--port', far.address])).stdout;
    expect(told).toMatch(/failed +WiFi +the board does not see elsewhere \(it sees site\)/);
    const broken = await powered({
      ...own,
      '/wifisettings.py': wifi,
      '/nodesettings.py': 'settings = {"gogsToken": sesame}',
    });
    const { stdout } = await cli(['doctor', '--port', broken.address]);
    expect(stdout).toMatch(/failed +settings +those on the board cannot be read/);
    expect(stdout).not.toContain('sesame');
  });

  it('without a board says so, and looks at the rest', async () => {
    const argv = ['doctor', '--broker', broker(), '--gogs', gogs(), '--branch', 'nope'];
    const env = { OTA_GOGS_TOKEN: site.token };
    const { code, data } = await json(argv, { ports: [], env });
    expect(code).toBe(3);
    expect(statuses(data[0] as Checked)).toMatchObject({ port: 'failed', broker: 'ok', branch: 'warning' });
    const services = (await result([...argv, '--services'], { env })) as Checked;
    expect(statuses(services)).not.toHaveProperty('port');
  });

  it('tells a Gogs that is gone from one that does not know the token or the repository', async () => {
    const look = async (address: string, token: string): Promise<[number, Record<string, string>]> => {
      const { code, data } = await json(['doctor', '--services', '--gogs', address], {
        env: { OTA_GOGS_TOKEN: token },
      });
      return [code, statuses(data[0] as Checked)];
    };
    expect(await look('http://127.0.0.1:9/a/b', 'x')).toEqual([
      4,
      { Gogs: 'failed', clock: 'skipped', broker: 'skipped' },
    ]);
    expect(await look(gogs(), 'f'.repeat(40))).toMatchObject([4, { 'Gogs token': 'failed', clock: 'ok' }]);
    const other = `${site.gogs.baseUrl}/workshop/none`;
    expect(await look(other, site.token)).toMatchObject([4, { 'Gogs token': 'ok', repository: 'failed' }]);
  });

  it('needs no file of ours to be there', async () => {
    const cwd = await folderWith();
    await writeFile(join(cwd, 'ota.config.json'), '{"broker": "mqtt://127.0.0.1:9"}');
    const { code, stdout } = await cli(['doctor', '--services'], { cwd });
    expect(code).toBe(4);
    expect(stdout).toMatch(/failed +broker +cannot connect to the broker at 127\.0\.0\.1:9/);
  });
});
