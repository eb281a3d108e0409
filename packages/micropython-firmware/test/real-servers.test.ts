import { expect, it, onTestFinished } from 'vitest';
import { Site, startRealGogs } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { application } from './helpers/application.ts';
import { filesIn, versionOf } from './helpers/installed.ts';
import { filesFor } from './helpers/start-site.ts';

describeWithTools(['gogs', 'mosquitto'], 'a node at a real Gogs and a real Mosquitto', () => {
  it('installs, updates after a restart of the broker, and names a symbolic link', async () => {
    const site = await Site.start({
      repository: 'lamp',
      startGogs: startRealGogs,
      broker: { kind: 'mosquitto' },
    });
    onTestFinished(() => site.close());
    const messages = await site.watch();
    const node = await site.addNode({ name: 'lamp', files: await filesFor(site) });
    const bytes = Buffer.from(Array.from({ length: 9000 }, (_, index) => (index * 7) % 256));
    await site.commit({ files: { 'src/main.py': application('one'), 'src/dir/naïve #1?.bin': bytes } });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    expect(node.flash.readFile('/src/dir/naïve #1?.bin')).toEqual(bytes);

    const two = await site.commit({ files: { 'src/main.py': application('two') } });
    await site.broker.restart({ downMs: 1000 });
    await node.waitForOutput('version two runs');
    expect(versionOf(node.flash, '/src')).toBe(two);

    await site.commit({ files: { 'src/link.py': { symlink: 'main.py' } } });
    node.reset();
    await messages.waitFor(({ payload }) => /src\/link\.py: is it a symbolic link/.test(payload), {
      timeoutMs: 30_000,
    });
    await node.waitForOutput('version two runs');
    expect(filesIn(node.flash, '/src')).not.toHaveProperty('link.py');
  }, 120_000);
});
