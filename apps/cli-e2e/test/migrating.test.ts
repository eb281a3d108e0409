import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveOnTcp, Site, type VirtualNode } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { makeHome } from './helpers/reader-home.ts';
import { Reader, stepsOf, type StepResult } from './helpers/walkthrough.ts';

const file = (path: string): Promise<string> =>
  readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = await file('docs/migrating.md');
const oldToken = '0123456789abcdef0123456789abcdef01234567';

/**
 * Where micropython-ota-updater-gogs has its files. What is in them does not matter here: they are replaced or removed. The
 * settings are those of the example, with this site's addresses; their token is worth nothing any more.
 */
async function oldNode(site: Site): Promise<VirtualNode> {
  const application = await file('examples/migrated/src/main.py');
  const commit = await site.commit({ branch: 'master', files: { 'src/main.py': application } });
  const old = 'print("the old updater")\n';
  const names = ['update', 'requests', 'logger', 'timew', 'umqtt/robust'];
  const wifi = (await file('examples/migrated/wifisettings.py'))
    .replace('my-wifi-password', site.accessPoint.password)
    .replace('my-wifi', site.accessPoint.ssid)
    .replace('192.168.1.2', site.broker.host)
    .replace('1883', String(site.broker.port));
  const node = (await file('examples/migrated/nodesettings.py')).replace(
    'http://192.168.1.2:3000/my-user/pump',
    `${site.gogs.baseUrl}/${site.repository}`,
  );
  return site.addNode({
    name: 'pump',
    files: {
      ...Object.fromEntries(names.map((name) => [`/lib/${name}.py`, old])),
      '/boot.py': old,
      '/main.py': `${old}import time\nwhile True:\n    time.sleep(1)\n`,
      '/wifisettings.py': wifi,
      '/nodesettings.py': node,
      '/src/main.py': application,
      '/src/.version': commit,
    },
  });
}

describeWithTools(['git'], 'docs/migrating.md', () => {
  it('leads from the old updater to this one, done as it says', { timeout: 180_000 }, async () => {
    const site = await Site.start({ repository: 'pump' });
    onTestFinished(() => site.close());
    const messages = await site.watch('pump/#');
    const node = await oldNode(site);
    await node.powerOn();
    await node.waitForOutput('the old updater');
    const port = await serveOnTcp(node.console);
    onTestFinished(() => port.close());

    const { home, path } = await makeHome('');
    const reader = new Reader(home, {
      ...{ HOME: home, PATH: path, NO_COLOR: '1' },
      OTA_PORT: `socket://127.0.0.1:${port.port}`,
    });
    const done: (StepResult & { heading: string })[] = [];
    for (const step of stepsOf(page)) {
      // What the page has its reader do by hand, and wait for.
      if (step.heading.startsWith('6.') && done.at(-1)?.heading.startsWith('3.')) {
        const settings = await readFile(join(home, 'nodesettings.py'), 'utf8');
        await reader.do(
          {
            ...step,
            kind: 'write',
            file: 'nodesettings.py',
            content: settings.replace(oldToken, site.token),
          },
          1000,
        );
      }
      if (step.kind === 'run' && step.commands.includes('ota status')) {
        await messages.waitFor(({ topic }) => topic === 'pump/greeting');
      }
      done.push({ ...(await reader.do(step, 60_000)), heading: step.heading });
    }

    expect(done.map(({ heading }) => Number.parseInt(heading))).toEqual([3, 6, 6, 7, 7]);
    expect(done.at(-1)?.stdout).toMatch(/pump.*online/);
    expect(node.flash.readdir('/lib')).toEqual(['ota']);
    // The version that was there runs on: nothing was fetched for it.
    expect(site.gogs.requests.some(({ path }) => path.includes('/raw/'))).toBe(false);
  });
});
