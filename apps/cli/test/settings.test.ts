import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderNodeSettings, renderWifiSettings } from '@ota/micropython-firmware';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { result } from './helpers/results.ts';
import { cli, type CliOptions } from './helpers/run-cli.ts';

interface Shown {
  file: string | null;
  settings: { name: string; value: unknown; origin: string; from: string }[];
  secrets: { name: string; isSet: boolean; origin: string; from: string }[];
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ota-settings-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

async function shown(argv: string[], options: CliOptions = {}): Promise<Shown> {
  return (await result(['config', ...argv], { cwd: folder, ...options })) as Shown;
}

async function setting(name: string, argv: string[], options: CliOptions = {}): Promise<unknown> {
  const found = (await shown(argv, options)).settings.find((candidate) => candidate.name === name);
  return found && [found.value, found.origin, found.from];
}

async function config(values: object, directory = folder): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'ota.config.json'), JSON.stringify(values));
  return join(directory, 'ota.config.json');
}

describe('a setting', () => {
  it('comes from a flag, else the environment, else ota.config.json, else the default', async () => {
    const file = await config({ baud: 9600 });
    const env = { OTA_BAUD: '57600' };
    expect(await setting('baud', ['--baud', '1200'], { env })).toEqual([1200, 'flag', '--baud']);
    expect(await setting('baud', [], { env })).toEqual([57_600, 'environment', 'OTA_BAUD']);
    expect(await setting('baud', [])).toEqual([9600, 'file', file]);
    expect(await setting('baud', [], { cwd: '/' })).toEqual([115_200, 'default', '']);
  });

  it('takes the older name of a variable, after its own', async () => {
    const env = { RSHELL_PORT: '/dev/a' };
    expect(await setting('port', [], { env })).toEqual([['/dev/a'], 'environment', 'RSHELL_PORT']);
    const both = { ...env, OTA_PORT: '/dev/b' };
    expect(await setting('port', [], { env: both })).toEqual([['/dev/b'], 'environment', 'OTA_PORT']);
  });

  it('may be a list, with commas or in the file as JSON', async () => {
    expect(await setting('port', ['--port', 'a, b'])).toEqual([['a', 'b'], 'flag', '--port']);
    const file = await config({ port: ['a', 'b'] });
    expect(await setting('port', [])).toEqual([['a', 'b'], 'file', file]);
  });

  it('that is a file is meant from the working directory, or from where ota.config.json is', async () => {
    const deep = join(folder, 'below', 'it');
    const file = await config({ brokerCa: 'ca.pem' });
    await mkdir(deep, { recursive: true });
    expect(await setting('brokerCa', [], { cwd: deep })).toEqual([join(folder, 'ca.pem'), 'file', file]);
    const flag = await setting('brokerCa', ['--broker-ca', 'ca.pem'], { cwd: deep });
    expect(flag).toEqual([join(deep, 'ca.pem'), 'flag', '--broker-ca']);
  });

  it('of the fleet is known from what is written for the nodes', async () => {
    await writeFile(
      join(folder, 'wifisettings.py'),
      renderWifiSettings({ wifiAP: 'site', mqtt_ip: '192.168.1.2', mqtt_tls: true, mqtt_port: 8883 }),
    );
    const node = { controllerName: 'lamp', gogsBase: 'http://git.test/ann', gogsToken: 'abc' };
    await writeFile(join(folder, 'nodesettings.py'), renderNodeSettings(node));
    expect(await setting('broker', [])).toEqual(['mqtts://192.168.1.2:8883', 'file', 'wifisettings.py']);
    expect(await setting('gogs', [])).toEqual(['http://git.test/ann/lamp', 'file', 'nodesettings.py']);
    expect(await setting('branch', [])).toEqual(['master', 'default', '']);
    expect((await shown([])).secrets.find(({ name }) => name === 'gogsToken')).toEqual({
      ...{ name: 'gogsToken', isSet: true, origin: 'file', from: 'nodesettings.py' },
    });
  });
});

describe('ota.config.json', () => {
  it('counts from the directories above, the nearest one', async () => {
    const deep = join(folder, 'a', 'b');
    await mkdir(deep, { recursive: true });
    await config({ node: 'far' });
    const near = await config({ node: 'near' }, join(folder, 'a'));
    expect((await shown([], { cwd: deep })).file).toBe(near);
    expect(await setting('node', [], { cwd: deep })).toEqual(['near', 'file', near]);
  });

  it('is another one by --config or OTA_CONFIG', async () => {
    await config({ node: 'here' });
    const other = await config({ node: 'there' }, join(folder, 'other'));
    expect(await setting('node', ['--config', other])).toEqual(['there', 'file', other]);
    expect(await setting('node', [], { env: { OTA_CONFIG: other } })).toEqual(['there', 'file', other]);
  });

  it.each([
    ['{"bauds": 1}', /ota\.config\.json is wrong: Unrecognized key: "bauds"/],
    ['{"baud": "fast"}', /ota\.config\.json is wrong at "baud": /],
    ['{"lines": "maybe"}', /ota\.config\.json is wrong at "lines": /],
    ['{', /ota\.config\.json is no JSON .*: mend it, or leave --config out/],
  ])('that holds %s is refused, before anything is done', async (content, message) => {
    await writeFile(join(folder, 'ota.config.json'), content);
    const { code, stdout, stderr } = await cli(['config'], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('that is named has to be there', async () => {
    const { code, stderr } = await cli(['config', '--config', 'nowhere.json'], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot read .*nowhere\.json: name a file that is there/);
  });
});

describe('a wrong value', () => {
  it.each([
    [['--baud', 'fast'], {}, /--baud has a wrong value for "baud": it has to be a whole number/],
    [[], { OTA_BAUD: '-1' }, /OTA_BAUD has a wrong value for "baud"/],
    [['--lines', 'up'], {}, /--lines has a wrong value for "lines": it has to be on or off/],
    [['--node', ' '], {}, /--node has a wrong value for "node": it is empty/],
  ])('is named with its place: %j %j', async (argv, env, message) => {
    const { code, stdout, stderr } = await cli(['config', ...argv], { cwd: folder, env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('a secret', () => {
  it('comes from the environment, or from a file that is named, and is never shown', async () => {
    await writeFile(join(folder, 'token'), 'sesame-in-file\n');
    const byFile = ['--gogs-token-file', 'token'];
    const env = { OTA_GOGS_TOKEN: 'sesame-in-env' };
    const find = (all: Shown): unknown => all.secrets.find(({ name }) => name === 'gogsToken');
    expect(find(await shown(byFile))).toMatchObject({ isSet: true, origin: 'file' });
    expect(find(await shown(byFile, { env }))).toMatchObject({
      origin: 'environment',
      from: 'OTA_GOGS_TOKEN',
    });
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await cli(['config', ...json, ...byFile], { cwd: folder, env });
      expect(stdout + stderr).not.toContain('sesame');
    }
  });

  it('that stands in an address is hidden', async () => {
    const env = {
      HTTPS_PROXY: 'http://me:sesame@proxy:8080',
      OTA_BROKER: 'mqtt://me:ses@me@hub',
      OTA_FIRMWARE_MIRROR: 'https://sesame@mirror/images',
      OTA_GOGS_REMOTE: 'me:sesame@git/ann/lamp',
    };
    const argv = ['--port', '/dev/a,ws://me:sesame@board', '--cache', 'a@b'];
    const { settings } = await shown(argv, { env });
    const values = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({
      ...{ proxy: 'http://***@proxy:8080', broker: 'mqtt://***@hub', mirror: 'https://***@mirror/images' },
      ...{ gogs: '***@git/ann/lamp', port: ['/dev/a', 'ws://***@board'], cacheDir: join(folder, 'a@b') },
    });
    const { stdout } = await cli(['config', ...argv], { cwd: folder, env });
    expect(stdout).not.toMatch(/sesame|ses@me/);
  });

  it('has no flag of its own', async () => {
    const { stdout } = await cli(['config', '--help']);
    expect(stdout).toContain('--gogs-token-file');
    expect(stdout).not.toMatch(/--(gogs-token|\w+-password)[ ,]/);
  });

  it('in a file that cannot be read is an error', async () => {
    const { code, stderr } = await cli(['config', '--gogs-token-file', 'nowhere'], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot read .*nowhere/);
  });

  it('that stands in a broken settings file does not get into the error', async () => {
    await writeFile(join(folder, 'nodesettings.py'), 'settings = {\n  "gogsToken": sesame("x"),\n}\n');
    const { code, stderr } = await cli(['config'], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/nodesettings\.py: line 2 has a value that is no literal/);
    expect(stderr).not.toContain('sesame');
  });
});
