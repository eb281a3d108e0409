import { usageError } from '../framework/cli-error.ts';
import { withoutPassword } from '../framework/settings/without-password.ts';

export interface Remote {
  /** Of the site, with its sub-path. */
  readonly baseUrl: string;
  readonly owner: string;
  readonly name: string;
}

/**
 * Takes a repository's address apart: `http://host:3000/owner/name`, with or without `.git`.
 *
 * @throws CliError USAGE, which does not show an address that holds a password.
 */
export function parseRemote(remote: string): Remote {
  const url = URL.canParse(remote) ? new URL(remote) : undefined;
  if (url?.username || url?.password) {
    throw usageError(
      'the address of the repository must hold no password: give the token by a file or OTA_GOGS_TOKEN',
    );
  }
  const words = url?.pathname.split('/').filter(Boolean) ?? [];
  const [owner, name] = words.slice(-2);
  if (!url || !/^https?:$/.test(url.protocol) || owner === undefined || name === undefined) {
    throw usageError(
      `${withoutPassword(remote)} is no repository's address: it has to be like http://192.168.1.2:3000/owner/name`,
    );
  }
  const path = words.slice(0, -2).join('/');
  return { baseUrl: `${url.origin}${path && `/${path}`}`, owner, name: name.replace(/\.git$/, '') };
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** @throws CliError USAGE, which does not show an address that holds a password. */
export function parseBroker(broker: string): BrokerAddress {
  const url = URL.canParse(broker) ? new URL(broker) : undefined;
  if (url?.username || url?.password) {
    throw usageError(
      'the address of the broker must hold no password: use --broker-user and OTA_BROKER_PASSWORD',
    );
  }
  if (!url?.hostname || !/^mqtts?:$/.test(url.protocol)) {
    throw usageError(
      `${withoutPassword(broker)} is no broker's address: it has to be like mqtt://192.168.1.2:1883`,
    );
  }
  const isTls = url.protocol === 'mqtts:';
  const port = url.port === '' ? (isTls ? 8883 : 1883) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, isTls };
}
