import {
  nodeFiles,
  renderNodeSettings,
  renderWifiSettings,
  siteSettings,
  type NodeFilesOptions,
} from '@ota/micropython-firmware';
import type { GogsServer, Site, VirtualNode } from '@ota/testbed';

/** An application that says its version and feeds the watchdog. */
export function application(version: number): Record<string, string> {
  return {
    'src/main.py': `from src import text


def start(env):
    while True:
        env["mqtt_pub"]("greeting", text.VERSION)
        for _ in range(10):
            env["wdt"].feed()
            env["time"].sleep(0.1)
`,
    'src/text.py': `VERSION = "version ${version}"\n`,
  };
}

/** The texts of a node's two settings files. */
export function settings(site: Site<GogsServer>, name: string): { wifi: string; node: string } {
  const { wifi, node } = settingsOf(site, name);
  return { wifi: renderWifiSettings(wifi), node: renderNodeSettings(node) };
}

/** A node of the site with the device files and settings that a user would have put on it. */
export async function addNode(
  site: Site<GogsServer>,
  name: string,
  options: { micropython?: string } = {},
): Promise<VirtualNode> {
  const files = await nodeFiles(settingsOf(site, name));
  return site.addNode({ name, files, ...options });
}

function settingsOf(site: Site<GogsServer>, name: string): NodeFilesOptions {
  return siteSettings(site, name, { node: { resetJitter: 1 } });
}

/** How often nodes asked the server whether the branch moved. */
export function checks(site: Site<GogsServer>): number {
  return site.gogs.requests.filter(({ path }) => path.includes('/commits/refs/heads/')).length;
}
