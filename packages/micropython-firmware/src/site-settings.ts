import type { NodeFilesOptions } from './node-files.ts';
import type { NodeSettings, WifiSettings } from './settings.ts';

/** What all nodes of a site have in common. The testbed's `Site` is one. */
export interface SiteFacts {
  /** The WiFi network. */
  readonly accessPoint: { readonly ssid: string; readonly password: string };
  /** The MQTT broker, as nodes reach it. */
  readonly broker: { readonly host: string; readonly port: number };
  /** The Git server, as nodes reach it: its address without a slash at the end. */
  readonly gogs: { readonly baseUrl: string };
  /** `owner/name`. */
  readonly repository: string;
  /** Of an account that may only read the repository. */
  readonly token: string;
}

/** Settings besides those that the site decides, or others in place of them. */
export interface SiteSettingsOptions {
  /** Of `/wifisettings.py`. */
  readonly wifi?: Partial<WifiSettings>;
  /** Of `/nodesettings.py`. */
  readonly node?: Partial<NodeSettings>;
}

/**
 * The settings of a node that follows the branch `main` of the site's repository.
 *
 * @example
 * await nodeFiles(siteSettings(site, 'kitchen', { node: { resetJitter: 30 } }));
 */
export function siteSettings(
  site: SiteFacts,
  controllerName: string,
  { wifi, node }: SiteSettingsOptions = {},
): NodeFilesOptions {
  return {
    wifi: {
      wifiAP: site.accessPoint.ssid,
      wifiPassword: site.accessPoint.password,
      mqtt_ip: site.broker.host,
      mqtt_port: site.broker.port,
      ...wifi,
    },
    node: {
      controllerName,
      gogsRemote: `${site.gogs.baseUrl}/${site.repository}`,
      gogsBranch: 'main',
      gogsToken: site.token,
      ...node,
    },
  };
}
