import { nodeFiles, siteSettings } from '@ota/micropython-firmware';
import { Site, type VirtualNode } from '@ota/testbed';

export interface DemoSite {
  readonly site: Site;
  readonly node: VirtualNode;
}

const nodeName = 'node1';

/** A site with one node, which has its files and settings and is not on yet. */
export async function startDemoSite(signal: AbortSignal): Promise<DemoSite> {
  const site = await Site.start({ signal });
  try {
    const files = await nodeFiles(siteSettings(site, nodeName, { node: { resetJitter: 1 } }));
    return { site, node: await site.addNode({ name: nodeName, files }) };
  } catch (error) {
    await site.close();
    throw error;
  }
}
