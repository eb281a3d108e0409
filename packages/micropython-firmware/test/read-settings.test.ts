import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readSettings, renderNodeSettings, renderWifiSettings } from '../src/index.ts';

describe('the reader of settings files', () => {
  it('reads what the writer writes, whatever characters are in it', () => {
    const wifi = { wifiAP: 'Büro "1"\\', wifiPassword: "it's\n\0😀", mqtt_ip: 'fe80::1', mqtt_tls: true };
    expect(readSettings(renderWifiSettings({ ...wifi, wifiNetworks: [['a', 'b']] }))).toEqual({
      ...wifi,
      wifiNetworks: [['a', 'b']],
    });
    const node = { controllerName: 'lamp', gogsBase: 'http://git.test/ann', httpTimeout: 3, logExclude: [] };
    const application = { rooms: { a: [1, -2, 2.5, null] } };
    expect(readSettings(renderNodeSettings({ ...node, application }))).toEqual({ ...node, ...application });
  });

  it('reads the templates, which explain themselves in comments', async () => {
    const template = await readFile(new URL('../templates/nodesettings.py', import.meta.url), 'utf8');
    expect(readSettings(template)).toMatchObject({
      controllerName: 'node1',
      trialBoots: 3,
      logInclude: ['.*'],
    });
  });

  it.each([
    [`settings = {'a': 'x' "y", "b": r'\\n', }`, { a: 'xy', b: '\\n' }],
    [`x = 1\nsettings={"a": (1, 2), "b": (1), "c": (1,)}`, { a: [1, 2], b: 1, c: [1] }],
    [
      `settings = {"a": 0x1f, "b": 1_000, "c": 1e3, "d": '''two\nlines'''}`,
      { a: 31, b: 1000, c: 1000, d: 'two\nlines' },
    ],
    [`settings = {"a": "\\x41\\u00e9\\101\\q"}`, { a: 'AéA\\q' }],
  ])('reads %s', (source, settings) => {
    expect(readSettings(source)).toEqual(settings);
  });

  it.each([
    ['nothing = 1\n', 'there is no dictionary "settings"'],
    ['\nsettings = 5', 'line 2 "settings" is no dictionary'],
    ['settings = {\n"a": secret,\n}', 'line 2 has a value that is no literal'],
    ['settings = {\n"a": 1\n"secret": 2}', 'line 3 needs a "," or a "}"'],
    ['settings = {"a": b"secret"}', 'line 1 has a text of another kind than settings have'],
    ['settings = {1: 2}', 'line 1 has a key that is no text'],
    ['settings = {"a": [1,', 'line 1 ends too early'],
  ])('refuses %j without showing what is in it', (source, message) => {
    expect(() => readSettings(source)).toThrow(expect.objectContaining({ code: 'NOT_A_LITERAL', message }));
  });
});
