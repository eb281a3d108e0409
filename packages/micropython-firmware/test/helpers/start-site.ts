import { onTestFinished } from 'vitest';
import {
  Site,
  type GogsServer,
  type MessageWatch,
  type SiteOptions,
  type VirtualNode,
  type VirtualNodeOptions,
} from '@ota/testbed';
import {
  deviceFiles,
  nodeFiles,
  siteSettings,
  type NodeSettings,
  type WifiSettings,
} from '../../src/index.ts';

export interface NodeAtSite {
  readonly site: Site;
  readonly node: VirtualNode;
  /** Everything that was published. */
  readonly messages: MessageWatch;
  /** What was asked of Gogs since the last call, as paths below the repository's. */
  readonly asked: () => string[];
}

export interface NodeAtSiteOptions {
  readonly broker?: SiteOptions['broker'];
  readonly wifi?: Partial<WifiSettings>;
  readonly settings?: Partial<NodeSettings>;
  /** Besides the package's own files and the settings. */
  readonly files?: VirtualNodeOptions['files'];
  readonly micropython?: string;
  readonly timeScale?: number;
  readonly hosts?: VirtualNodeOptions['hosts'];
  /** The compiled form of the device files; `OTA_COMPILED=1` runs every test with it that does not look into the modules. */
  readonly compiled?: boolean;
}

/** A site with a node named `lamp` that is not on yet. Gone when the test is over. */
export async function startSite(options: NodeAtSiteOptions = {}): Promise<NodeAtSite> {
  const site = await Site.start({ repository: 'lamp', ...(options.broker && { broker: options.broker }) });
  onTestFinished(() => site.close());
  const messages = await site.watch();
  const { micropython, timeScale, hosts } = options;
  const node = await site.addNode({
    name: 'lamp',
    files: await filesFor(site, options),
    ...(micropython !== undefined && { micropython }),
    ...(timeScale !== undefined && { timeScale }),
    ...(hosts && { hosts }),
  });
  const api = `/api/v1/repos/${site.repository}`;
  return {
    site,
    node,
    messages,
    asked: () => {
      const paths = site.gogs.requests.map(({ path }) => path.replace(api, ''));
      site.gogs.clearRequests();
      return paths;
    },
  };
}

/** Everything that a node at this site has to begin with. */
export async function filesFor(
  site: Site<GogsServer>,
  { wifi, settings, files, compiled = process.env['OTA_COMPILED'] === '1' }: NodeAtSiteOptions = {},
): Promise<Record<string, string | Uint8Array>> {
  const node = { resetJitter: 0, ...settings };
  const values = siteSettings(site, 'lamp', { node, ...(wifi && { wifi }) });
  return { ...(await nodeFiles({ ...values, compiled })), ...files };
}

/** What the package puts on a node. */
export async function packageFiles(): Promise<Record<string, Uint8Array>> {
  return Object.fromEntries((await deviceFiles()).map(({ path, content }) => [path, content]));
}
