import { FirmwareError } from './errors.ts';
import { pythonLiteral, type PythonValue } from './python-literal.ts';
import { isGogsKey } from './release/release-key.ts';

/** What all nodes of a site share: `/wifisettings.py`. Names are the keys in the file. */
export interface WifiSettings {
  /** Name of the network. */
  readonly wifiAP: string;
  /** @default '', an open network */
  readonly wifiPassword?: string;
  /** More networks, as [name, password], tried one after the other. @default [] */
  readonly wifiNetworks?: readonly (readonly [name: string, password: string])[];
  /** A fixed address as [address, mask, gateway, DNS server]. @default none: DHCP */
  readonly wifiStatic?: readonly [] | readonly [string, string, string, string];
  /** Seconds to join each network. @default 20 */
  readonly wifiTimeout?: number;
  /** Host name or address of the broker. */
  readonly mqtt_ip: string;
  /** @default 1883 */
  readonly mqtt_port?: number;
  /** @default none */
  readonly mqtt_user?: string;
  /** Goes with `mqtt_user`. @default none */
  readonly mqtt_password?: string;
  /** Talk to the broker by TLS. @default false */
  readonly mqtt_tls?: boolean;
  /** File on the node with the certificate of the authority (DER) that signed the broker's; without it any is taken. */
  readonly mqtt_ca?: string;
  /** Seconds in which a silent loss of the broker is noticed; 0 turns it off. @default 20 */
  readonly mqtt_keepalive?: number;
  /** Seconds to wait for the broker at boot before the node resets. @default 60 */
  readonly mqtt_wait?: number;
  /** Time server; an empty one leaves the clock alone. @default 'pool.ntp.org' */
  readonly ntp_host?: string;
}

/** What one node has for itself: `/nodesettings.py`. Names are the keys in the file. */
export interface NodeSettings {
  /** Name on the network and in front of every topic; must not hold `/`, `+` or `#`. */
  readonly controllerName: string;
  /** Regular expressions of log names that are printed. @default ['.*'] */
  readonly logInclude?: readonly string[];
  /** Regular expressions of log names that are not. @default [] */
  readonly logExclude?: readonly string[];
  /** Print the log at all. @default true */
  readonly debug?: boolean;
  /** Seconds that a server may be silent. @default 5 */
  readonly httpTimeout?: number;
  /** Address of all repositories; with `controllerName` it makes `gogsRemote`. */
  readonly gogsBase?: string;
  /** Address of the repository, ending in `/owner/name`. @default gogsBase/controllerName */
  readonly gogsRemote?: string;
  /** @default 'master' */
  readonly gogsBranch?: string;
  /**
   * Which commit to run: `branch` (the end of `gogsBranch`), `tag NAME`, `latest` or `latest ^1.2` (the highest version
   * among the tags), `commit ID`. A retained `ota/target/<node>` goes before it. @default 'branch'
   */
  readonly gogsTrack?: string;
  /** Take what is older than the installed version. @default false */
  readonly allowDowngrade?: boolean;
  /** Of an account that may only read. */
  readonly gogsToken?: string;
  /** File on the node with the certificate of the authority (DER) that signed the Gogs server's; https needs it. */
  readonly gogsCa?: string;
  /** Take only versions that this key has signed: its modulus in hexadecimal, as `generateReleaseKey` makes it. @default none */
  readonly gogsKey?: string;
  /** Seconds that the application may take between two feedings. @default 10 */
  readonly watchdogTimeout?: number;
  /** Seconds over which the nodes of a site spread their resets. @default 5 */
  readonly resetJitter?: number;
  /** Starts that a new version has to be confirmed in, before the one before returns. @default 3 */
  readonly trialBoots?: number;
  /** Seconds of feeding the watchdog that confirm a version; 0: only `updater.confirm()` does. @default 30 */
  readonly trialSeconds?: number;
  /** Without a broker: `reset` and try again for ever, or `run` the installed version. @default 'reset' */
  readonly offline?: 'reset' | 'run';
  /** Tries to reach the broker before the installed version runs without it. @default 3 */
  readonly offlineTries?: number;
  /** Seconds between two looks for the broker while the node runs without it. @default 300 */
  readonly offlineCheck?: number;
  /** What the application wants to find in `env`, by names of its own. */
  readonly application?: Readonly<Record<string, PythonValue>>;
}

type Kind = 'text' | 'count' | 'flag' | 'texts' | 'networks';
type Rules<T> = { readonly [K in keyof Required<T>]: { readonly kind: Kind; readonly required?: true } };

const wifiRules: Rules<WifiSettings> = {
  wifiAP: { kind: 'text', required: true },
  wifiPassword: { kind: 'text' },
  wifiNetworks: { kind: 'networks' },
  wifiStatic: { kind: 'texts' },
  wifiTimeout: { kind: 'count' },
  mqtt_ip: { kind: 'text', required: true },
  mqtt_port: { kind: 'count' },
  mqtt_user: { kind: 'text' },
  mqtt_password: { kind: 'text' },
  mqtt_tls: { kind: 'flag' },
  mqtt_ca: { kind: 'text' },
  mqtt_keepalive: { kind: 'count' },
  mqtt_wait: { kind: 'count' },
  ntp_host: { kind: 'text' },
};

const nodeRules: Rules<Omit<NodeSettings, 'application'>> = {
  controllerName: { kind: 'text', required: true },
  logInclude: { kind: 'texts' },
  logExclude: { kind: 'texts' },
  debug: { kind: 'flag' },
  httpTimeout: { kind: 'count' },
  gogsBase: { kind: 'text' },
  gogsRemote: { kind: 'text' },
  gogsBranch: { kind: 'text' },
  gogsTrack: { kind: 'text' },
  allowDowngrade: { kind: 'flag' },
  gogsToken: { kind: 'text' },
  gogsCa: { kind: 'text' },
  gogsKey: { kind: 'text' },
  watchdogTimeout: { kind: 'count' },
  resetJitter: { kind: 'count' },
  trialBoots: { kind: 'count' },
  trialSeconds: { kind: 'count' },
  offline: { kind: 'text' },
  offlineTries: { kind: 'count' },
  offlineCheck: { kind: 'count' },
};

/** Names of all settings, in the order of the templates. */
export const settingNames = {
  wifi: Object.keys(wifiRules),
  node: Object.keys(nodeRules),
} as const;

/**
 * Writes `/wifisettings.py`. Settings that are left out are not written: the node has defaults.
 *
 * @throws FirmwareError `SETTING_MISSING`, `SETTING_INVALID`, `SETTING_UNKNOWN`, `NOT_A_LITERAL`.
 */
export function renderWifiSettings(settings: WifiSettings): string {
  const values = checked('wifisettings.py', wifiRules, { ...settings });
  if (![undefined, 0, 4].includes(settings.wifiStatic?.length)) {
    throw invalid('wifiStatic', 'must be [address, mask, gateway, DNS server]');
  }
  return pythonFile('What all nodes of a site share. Keep it out of repositories.', values);
}

/**
 * Writes `/nodesettings.py`. Settings that are left out are not written: the node has defaults.
 *
 * @throws FirmwareError `SETTING_MISSING`, `SETTING_INVALID`, `SETTING_UNKNOWN`, `NOT_A_LITERAL`.
 */
export function renderNodeSettings({ application = {}, ...settings }: NodeSettings): string {
  const values = checked('nodesettings.py', nodeRules, settings);
  checkNode(settings);
  for (const key of Object.keys(application)) {
    if (key in nodeRules || reservedForEnv.has(key)) {
      throw invalid(key, 'is a name of the node itself: the application has to choose another');
    }
  }
  return pythonFile('What this node has for itself. Keep it out of repositories.', [
    ...values,
    ...Object.entries(application),
  ]);
}

/** The keys of `env` that are no settings. */
const reservedForEnv = new Set(
  ['requests', 'log', 'time', 'updater', 'wdt'].concat([
    'mqtt_pub',
    'mqtt_ping',
    'mqtt_sub',
    'mqtt_check_msg',
  ]),
);

function checkNode(settings: Omit<NodeSettings, 'application'>): void {
  const {
    controllerName,
    gogsBase,
    gogsBranch,
    gogsCa,
    gogsKey,
    gogsToken = '',
    gogsTrack,
    offline,
  } = settings;
  if (/[/+#\0]/.test(controllerName)) throw invalid('controllerName', 'must not hold / + #');
  const remote = settings.gogsRemote || (gogsBase ? `${gogsBase}/${controllerName}` : '');
  if (!remote) throw missing('nodesettings.py', 'gogsRemote', ' (or gogsBase)');
  checkRemote(remote);
  if (remote.startsWith('https:') && !gogsCa)
    throw missing('nodesettings.py', 'gogsCa', ', which https needs');
  if (gogsBranch !== undefined && /^(-|$)/.test(gogsBranch)) throw invalid('gogsBranch', 'is not a branch');
  // The token itself stays out of the message.
  if (!/^[!-~]*$/.test(gogsToken)) throw invalid('gogsToken', 'holds an odd character');
  if (gogsKey && !isGogsKey(gogsKey)) {
    throw invalid('gogsKey', 'must be 512, 768 or 1024 hex digits of an RSA key');
  }
  for (const key of ['httpTimeout', 'watchdogTimeout', 'trialBoots'] as const) {
    if (settings[key] === 0) throw invalid(key, 'must be 1 or more');
  }
  if (offline !== undefined && !['reset', 'run'].includes(offline)) {
    throw invalid('offline', 'must be "reset" or "run"');
  }
  if (gogsTrack !== undefined && !trackable.test(gogsTrack)) {
    throw invalid('gogsTrack', 'must be branch, tag NAME, latest, latest ^1.2 or commit ID');
  }
}

const trackable = /^(branch|tag +[^- ].*|latest( +[\^~]?v?\d+(\.\d+)*)?|commit +[0-9a-f]{40})$/;

function checkRemote(remote: string): void {
  if (!URL.canParse(remote)) throw invalid('gogsRemote', 'is not an address');
  const { protocol, username, password, search, hash, pathname } = new URL(remote);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw invalid('gogsRemote', 'must be http:// or https://');
  if (username || password) throw invalid('gogsRemote', 'must not hold a user or password: use gogsToken');
  if (search || hash) throw invalid('gogsRemote', 'must not hold ? or #');
  if (pathname.split('/').filter(Boolean).length < 2) throw invalid('gogsRemote', 'must end in /owner/name');
}

function checked<T>(
  file: string,
  rules: Rules<T>,
  settings: Partial<Record<keyof T, unknown>>,
): [string, PythonValue][] {
  for (const key of Object.keys(settings)) {
    if (!(key in rules)) {
      throw new FirmwareError('SETTING_UNKNOWN', `${file} has no setting '${key}': check its spelling`, {
        key,
      });
    }
  }
  const values: [string, PythonValue][] = [];
  for (const [key, { kind, required }] of Object.entries<{ kind: Kind; required?: true }>(rules)) {
    const value = settings[key as keyof T];
    if (value === undefined || (required && value === '')) {
      if (required) throw missing(file, key);
      continue;
    }
    values.push([key, valueOf(key, kind, value)]);
  }
  return values;
}

function valueOf(key: string, kind: Kind, value: unknown): PythonValue {
  if (kind === 'text' && typeof value === 'string') return value;
  if (kind === 'flag' && typeof value === 'boolean') return value;
  if (kind === 'count' && typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  if (kind === 'texts' && Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value;
  const isPair = (item: unknown): boolean =>
    Array.isArray(item) && item.length === 2 && item.every((part) => typeof part === 'string');
  if (kind === 'networks' && Array.isArray(value) && value.every(isPair)) return value as string[][];
  const wanted = {
    networks: 'a list of [name, password]',
    text: 'a text',
    flag: 'true or false',
    count: 'a whole number of 0 or more',
    texts: 'a list of texts',
  };
  throw invalid(key, `must be ${wanted[kind]}`);
}

function pythonFile(description: string, values: readonly [string, PythonValue][]): string {
  const lines = values.map(([key, value]) => `    ${pythonLiteral(key)}: ${pythonLiteral(value)},\n`);
  return `"""${description}"""\n\nsettings = {\n${lines.join('')}}\n`;
}

function missing(file: string, key: string, hint = ''): FirmwareError {
  return new FirmwareError('SETTING_MISSING', `${file} needs '${key}'${hint}`, { key });
}

function invalid(key: string, what: string): FirmwareError {
  return new FirmwareError('SETTING_INVALID', `setting '${key}' ${what}`, { key });
}
