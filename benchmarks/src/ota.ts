import { nodeFiles, siteSettings } from '@ota/micropython-firmware';
import { Site, type VirtualNode } from '@ota/testbed';
import type { Row } from './row.ts';

const fileCount = 40;
const wait = { timeoutMs: 60_000 };

/** What an update costs a node: seconds, requests to Gogs, and bytes of the answers' bodies. */
export async function run(): Promise<Row[]> {
  const site = await Site.start();
  try {
    const node = await addNode(site);
    const rows: Row[] = [];
    const measure = async (scenario: string, commit: string, boot: () => Promise<unknown>): Promise<void> => {
      const messages = await site.watch('bench/ota/state');
      site.gogs.clearRequests();
      const started = performance.now();
      await boot();
      await messages.waitFor(({ payload, retained }) => !retained && payload.includes(commit), wait);
      rows.push({
        scenario,
        tool: 'ota',
        seconds: (performance.now() - started) / 1000,
        requests: site.gogs.requests.length,
        bodyBytes: site.gogs.requests.reduce((sum, { bodyBytes = 0 }) => sum + bodyBytes, 0),
      });
      await messages.close();
    };
    const first = await site.commit({ files: tree() });
    await measure(`first install of ${fileCount} files`, first, () => node.powerOn());
    const reset = async (): Promise<void> => {
      node.reset('hard');
      await node.waitForBoot();
    };
    await measure('nothing changed', first, reset);
    const second = await site.commit({ files: { 'src/part7/file3.py': 'CHANGED = True\n' } });
    await measure('one file changed', second, reset);
    return rows;
  } finally {
    await site.close();
  }
}

/** Forty modules in eight folders, and the application that runs with them. */
function tree(): Record<string, string> {
  const files: Record<string, string> = {
    'src/main.py': `def start(env):
    while True:
        env["wdt"].feed()
        env["time"].sleep(0.1)
`,
  };
  for (let index = 0; index < fileCount - 1; index++) {
    const path = `src/part${index % 8}/file${Math.floor(index / 8)}.py`;
    files[path] = `VALUE_${index} = ${index}  # the kind of line that a source file has\n`.repeat(
      10 + index * 2,
    );
  }
  return files;
}

async function addNode(site: Site): Promise<VirtualNode> {
  return site.addNode({ name: 'bench', files: await nodeFiles(siteSettings(site, 'bench')) });
}
