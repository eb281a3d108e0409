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
  const folder = await mkdtemp(join(tmpdir(), 'ota-demo-'));
  const tokenFile = join(folder, 'gogs-token');
  await writeFile(tokenFile, site.token, { mode: 0o600 });
  const tcp = await serveOnTcp(node.console);
  const pty = findTool('socat') ? await servePty(node.console) : undefined;
  const console = pty
    ? `${pty.path} (or socket://${tcp.host}:${tcp.port})`
    : `socket://${tcp.host}:${tcp.port}`;
  return {
    lines: [
      `broker   mqtt://${site.broker.host}:${site.broker.port}`,
      `Gogs     ${site.gogs.baseUrl}, repository ${site.repository}, API token in ${tokenFile}`,
      `console  ${console}`,
    ],
    close: async () => {
      await Promise.all([tcp.close(), pty?.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
