import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, servePty, serveOnTcp } from '@ota/testbed';
import type { DemoSite } from './demo-site.ts';

/** Opens the node's console to other programs and says where everything is. The token goes to a file, not to the screen. */
export async function reachable({
  site,
  node,
}: DemoSite): Promise<{ lines: string[]; close(): Promise<void> }> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((end) => end()));
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'ota-demo-'));
    opened.push(() => rm(folder, { recursive: true, force: true }));
    const tokenFile = join(folder, 'gogs-token');
    await writeFile(tokenFile, site.token, { mode: 0o600 });
    const tcp = await serveOnTcp(node.console);
    opened.push(() => tcp.close());
    const pty = findTool('socat') ? await servePty(node.console) : undefined;
    if (pty) opened.push(() => pty.close());
    const socket = `socket://${tcp.host}:${tcp.port}`;
    return {
      lines: [
        `broker   mqtt://${site.broker.host}:${site.broker.port}`,
        `Gogs     ${site.gogs.baseUrl}, repository ${site.repository}, API token in ${tokenFile}`,
        `console  ${pty ? `${pty.path} (or ${socket})` : socket}`,
      ],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
