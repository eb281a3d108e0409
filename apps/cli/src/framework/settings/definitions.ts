import { parseCount } from '../options.ts';

/** Something that can be said once for many commands: by a flag, in the environment, in `ota.config.json`. */
export interface SettingSpec<T> {
  readonly about: string;
  readonly short?: string;
  readonly value: string;
  /** The flag without dashes, where it is not the setting's name. */
  readonly flag?: string;
  /** Looked at in this order. */
  readonly env: readonly string[];
  readonly choices?: readonly string[];
  readonly completes?: 'file' | 'directory';
  /** A file or folder: one from `ota.config.json` is meant from there. */
  readonly isPath?: boolean;
  readonly parse: (text: string) => T;
  readonly fallback?: string | number;
}

type Rest<T> = Omit<SettingSpec<T>, 'parse'>;

function textSetting<S extends Rest<string>>(spec: S): S & { parse: (text: string) => string } {
  return { ...spec, parse: (given) => given };
}

function numberSetting<S extends Rest<number>>(spec: S): S & { parse: (text: string) => number } {
  return { ...spec, parse: parseCount };
}

function fileSetting(spec: Omit<Rest<string>, 'value'>): SettingSpec<string> {
  return textSetting({ value: 'file', completes: 'file', isPath: true, ...spec });
}

/** All settings, in the order of `ota config`. Flags go before the environment, that before `ota.config.json`, that before these defaults. */
export const settingSpecs = {
  port: {
    about:
      'the board: a serial port, socket://host:port, rfc2217://host:port or ws://host; several with commas',
    ...{ short: 'p', value: 'list', env: ['OTA_PORT', 'RSHELL_PORT'] },
    parse: (given): readonly string[] =>
      given
        .split(',')
        .map((port) => port.trim())
        .filter((port) => port !== ''),
  } satisfies SettingSpec<readonly string[]>,
  baud: numberSetting({
    about: 'the rate of the serial port',
    ...{ short: 'b', value: 'rate', env: ['OTA_BAUD', 'RSHELL_BAUD'], fallback: 115_200 },
  }),
  lines: textSetting({
    about:
      'DTR and RTS while the port is open; boards whose lines lead straight to the chip (ESP32-CAM-MB) want them off',
    ...{ value: 'on|off', env: ['OTA_LINES'], choices: ['on', 'off'], fallback: 'on' },
  }),
  flashBaud: numberSetting({
    about: 'the rate while the flash is written',
    ...{ value: 'rate', env: ['OTA_FLASH_BAUD'], fallback: 460_800 },
  }),
  settingsDir: textSetting({
    about: 'where wifisettings.py and nodesettings.py are on this computer',
    ...{ flag: 'settings', value: 'directory', completes: 'directory', isPath: true },
    ...{ env: ['OTA_SETTINGS'], fallback: '.' },
  }),
  node: textSetting({
    about:
      "the node's name: on the network, in front of its topics; of several boards with commas, in the order of the ports",
    ...{ value: 'name', env: ['OTA_NODE'] },
  }),
  wifi: textSetting({ about: 'name of the wireless network', value: 'name', env: ['OTA_WIFI'] }),
  broker: textSetting({
    about: 'the MQTT broker: mqtt://host:port, or mqtts:// for TLS',
    ...{ value: 'url', env: ['OTA_BROKER'] },
  }),
  brokerUser: textSetting({ about: 'user name at the broker', value: 'name', env: ['OTA_BROKER_USER'] }),
  brokerCa: fileSetting({
    about: "certificate (PEM) of the authority that signed the broker's",
    env: ['OTA_BROKER_CA'],
  }),
  gogs: textSetting({
    about: 'the repository: http://host:3000/owner/name',
    ...{ value: 'url', env: ['OTA_GOGS_REMOTE'] },
  }),
  gogsCaPem: fileSetting({
    about: "certificate (PEM) of the authority that signed Gogs', for this computer",
    env: ['OTA_GOGS_CA_PEM'],
  }),
  branch: textSetting({
    about: 'the branch that nodes follow',
    ...{ value: 'name', env: ['OTA_GOGS_BRANCH'], fallback: 'master' },
  }),
  board: textSetting({
    about: "MicroPython's name of the board, such as ESP32_GENERIC; without it the generic one for the chip",
    ...{ value: 'id', env: ['OTA_BOARD'] },
  }),
  variant: textSetting({
    about: "the build's variant, such as SPIRAM",
    ...{ value: 'name', env: ['OTA_VARIANT'] },
  }),
  micropython: textSetting({
    about: 'version of MicroPython: latest, 1.27.0, ^1.26',
    ...{ value: 'version', env: ['OTA_MICROPYTHON'], fallback: 'latest' },
  }),
  mirror: textSetting({
    about: 'where firmware images come from, in place of micropython.org',
    ...{ value: 'url', env: ['OTA_FIRMWARE_MIRROR'] },
  }),
  proxy: textSetting({
    about: 'HTTP proxy for firmware images',
    ...{ value: 'url', env: ['OTA_PROXY', 'HTTPS_PROXY', 'https_proxy'] },
  }),
  cacheDir: textSetting({
    about: 'where firmware images are kept',
    ...{ flag: 'cache', value: 'directory', completes: 'directory', isPath: true, env: ['OTA_CACHE'] },
  }),
  signingKeyFile: fileSetting({
    about: 'file with the private key (PEM) that signs releases',
    ...{ flag: 'key', env: ['OTA_SIGNING_KEY_FILE'] },
  }),
  wifiPasswordFile: fileSetting({
    about: 'file with the password of the wireless network',
    env: ['OTA_WIFI_PASSWORD_FILE'],
  }),
  brokerPasswordFile: fileSetting({
    about: 'file with the password for the broker',
    env: ['OTA_BROKER_PASSWORD_FILE'],
  }),
  gogsTokenFile: fileSetting({ about: 'file with the token of Gogs', env: ['OTA_GOGS_TOKEN_FILE'] }),
  webreplPasswordFile: fileSetting({
    about: 'file with the password of WebREPL',
    env: ['OTA_WEBREPL_PASSWORD_FILE'],
  }),
} as const;

export type SettingName = keyof typeof settingSpecs;

/** What a setting's value is, once it has one. */
export type SettingValue<N extends SettingName> = ReturnType<(typeof settingSpecs)[N]['parse']>;

export type SettingValues<N extends SettingName> = {
  readonly [K in N]: (typeof settingSpecs)[K] extends { readonly fallback: unknown }
    ? SettingValue<K>
    : SettingValue<K> | undefined;
};

export const settingNames = Object.keys(settingSpecs) as SettingName[];

/** What must not be seen: from the environment, a file, the nodes' settings files, or asked for. Never a flag. */
export interface SecretSpec {
  readonly about: string;
  readonly env: string;
  /** The setting that names a file with it. */
  readonly file: SettingName;
}

export const secretSpecs = {
  wifiPassword: {
    about: 'password of the wireless network',
    env: 'OTA_WIFI_PASSWORD',
    file: 'wifiPasswordFile',
  },
  brokerPassword: {
    about: 'password for the broker',
    env: 'OTA_BROKER_PASSWORD',
    file: 'brokerPasswordFile',
  },
  gogsToken: { about: 'token of Gogs', env: 'OTA_GOGS_TOKEN', file: 'gogsTokenFile' },
  webreplPassword: {
    about: 'password of WebREPL',
    env: 'OTA_WEBREPL_PASSWORD',
    file: 'webreplPasswordFile',
  },
} as const satisfies Record<string, SecretSpec>;

export type SecretName = keyof typeof secretSpecs;
export const secretNames = Object.keys(secretSpecs) as SecretName[];
