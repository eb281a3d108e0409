import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { renderNodeSettings, renderWifiSettings, settingNames, type NodeSettings } from '../src/index.ts';
import { useNode } from './helpers/python.ts';

const { run, node } = useNode();

const minimal: NodeSettings = { controllerName: 'lamp', gogsBase: 'http://gogs.lan:3000/ann' };

/** What MicroPython makes of a settings file. */
async function read(module: 'wifisettings' | 'nodesettings', source: string): Promise<unknown> {
  node().flash.writeFile(`/${module}.py`, source);
  return JSON.parse(
    await run(
      `import json, sys\nsys.modules.pop('${module}', None)\nimport ${module}\nprint(json.dumps(${module}.settings))`,
    ),
  );
}

describe('a settings file', () => {
  it('holds exactly what was asked for', async () => {
    const wifi = {
      wifiAP: 'site',
      wifiPassword: 'secret',
      mqtt_ip: '10.0.0.2',
      mqtt_port: 1884,
      ntp_host: '',
    };
    expect(await read('wifisettings', renderWifiSettings(wifi))).toEqual(wifi);
  });

  it('holds what the application wants, beside what the node wants', async () => {
    const application = { pins: [1, 2, { led: null }], ratio: -0.5, 'odd key': true };
    expect(
      await read(
        'nodesettings',
        renderNodeSettings({ ...minimal, debug: false, logInclude: ['^a'], application }),
      ),
    ).toEqual({ ...minimal, debug: false, logInclude: ['^a'], ...application });
  });

  it.each([
    `it's "quoted" \\ and \\n`,
    'line\nend\r\ttab\0nul\x7f',
    'naïve 日本 \u{1f680}',
    '\'\'\' """ #{} %s',
    '\u2028\u0085',
  ])('keeps the text %j', async (text) => {
    const source = renderWifiSettings({ wifiAP: 'site', wifiPassword: text, mqtt_ip: 'b' });
    expect(source).toMatch(/^[\n -~]*$/);
    expect(await read('wifisettings', source)).toHaveProperty('wifiPassword', text);
  });

  it.each([
    ['SETTING_MISSING', 'controllerName', { ...minimal, controllerName: '' }],
    ['SETTING_MISSING', 'gogsRemote', { controllerName: 'lamp' }],
    ['SETTING_MISSING', 'gogsCa', { controllerName: 'lamp', gogsRemote: 'https://h/ann/lamp' }],
    ['SETTING_INVALID', 'controllerName', { ...minimal, controllerName: 'a/b' }],
    ['SETTING_INVALID', 'gogsRemote', { controllerName: 'lamp', gogsRemote: 'http://h/lamp' }],
    ['SETTING_INVALID', 'gogsRemote', { controllerName: 'lamp', gogsRemote: 'http://u:p@h/ann/lamp' }],
    ['SETTING_INVALID', 'gogsRemote', { controllerName: 'lamp', gogsRemote: 'h/ann/lamp' }],
    ['SETTING_INVALID', 'gogsBranch', { ...minimal, gogsBranch: '-x' }],
    ['SETTING_INVALID', 'gogsToken', { ...minimal, gogsToken: 'a b' }],
    ['SETTING_INVALID', 'gogsKey', { ...minimal, gogsKey: 'a'.repeat(511) }],
    ['SETTING_INVALID', 'gogsKey', { ...minimal, gogsKey: '0'.repeat(512) }],
    ['SETTING_INVALID', 'httpTimeout', { ...minimal, httpTimeout: 0 }],
    ['SETTING_INVALID', 'httpTimeout', { ...minimal, httpTimeout: 1.5 }],
    ['SETTING_INVALID', 'debug', { ...minimal, debug: 'yes' }],
    ['SETTING_INVALID', 'logInclude', { ...minimal, logInclude: 'all' }],
    ['SETTING_INVALID', 'mqtt_pub', { ...minimal, application: { mqtt_pub: 1 } }],
    ['SETTING_UNKNOWN', 'gogsBrunch', { ...minimal, gogsBrunch: 'main' }],
  ])('is not written: %s for %s', (code, key, settings) => {
    expect(() => renderNodeSettings(settings as NodeSettings)).toThrow(
      expect.objectContaining({ code, key }),
    );
  });

  it('is not written with numbers and texts that Python has no literal for', () => {
    for (const value of [NaN, Infinity, '\ud800']) {
      expect(() => renderNodeSettings({ ...minimal, application: { value } })).toThrow(
        expect.objectContaining({ code: 'NOT_A_LITERAL' }),
      );
    }
  });

  it('with a bad token does not show it in the error', () => {
    expect(() => renderNodeSettings({ ...minimal, gogsToken: 'hush hush' })).toThrow(/^(?!.*hush)/);
  });
});

describe('the names of settings', () => {
  it('are those that the node knows', async () => {
    const known = await run(
      'import json\nfrom ota import settings\nprint(json.dumps([list(settings._WIFI), list(settings._NODE)]))',
    );
    const [wifi, own] = JSON.parse(known) as [string[], string[]];
    expect([...settingNames.wifi].sort()).toEqual(wifi.sort());
    expect([...settingNames.node].sort()).toEqual(own.sort());
  });

  it.each([
    ['wifisettings', settingNames.wifi],
    ['nodesettings', settingNames.node],
  ] as const)(
    'are all explained in the template of %s.py, which MicroPython can read',
    async (module, names) => {
      const source = await readFile(new URL(`../templates/${module}.py`, import.meta.url), 'utf8');
      const settings = await read(module, source);
      for (const name of names) expect(source).toMatch(new RegExp(`"${name}"`));
      for (const name of Object.keys(settings as object)) expect(names).toContain(name);
      expect(await run(`from ota import settings\nprint(settings.${module.slice(0, 4)}())`)).toMatch(
        module === 'wifisettings' ? /^\{/ : /^\(\{.*\}, None\)$/s,
      );
    },
  );
});

describe('addresses of repositories', () => {
  it.each([
    ['http://h:3000/ann/lamp', "(False, 'h', 3000, '', 'ann/lamp')"],
    ['http://h/ann/lamp.git', "(False, 'h', 80, '', 'ann/lamp')"],
    ['https://h/git/sub/ann/lamp/', "(True, 'h', 443, '/git/sub', 'ann/lamp')"],
  ])('%s is understood', async (address, parts) => {
    expect(await run(`from ota import url\nprint(url.split_remote('${address}'))`)).toBe(parts);
  });

  it.each([
    'http://h/lamp',
    'ftp://h/ann/lamp',
    'h/ann/lamp',
    'http://u:p@h/ann/lamp',
    'http://h:x/ann/lamp',
  ])('%s is refused', async (address) => {
    const code = `from ota import url\ntry:\n    url.split_remote('${address}')\nexcept ValueError as error:\n    print('ValueError')`;
    expect(await run(code)).toBe('ValueError');
  });

  it('are encoded byte by byte', async () => {
    expect(await run(`from ota import url\nprint(url.quote('a b/ï#?%+~_-.Z9'))`)).toBe(
      'a%20b/%C3%AF%23%3F%25%2B~_-.Z9',
    );
  });
});

describe('the name of a content', () => {
  it('is what git calls it', async () => {
    const code = `from ota import blob
for data in (b'', b'hello\\n'):
    sha = blob.begin(b'blob', len(data))
    sha.update(data)
    print(blob.end(sha))`;
    expect(await run(code)).toBe(
      'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\nce013625030ba8dba906f756967f9e9ca394464a',
    );
  });
});
