import { describe, expect, it } from 'vitest';
import { application } from './helpers/application.ts';
import { versionOf } from './helpers/installed.ts';
import { publish } from './helpers/publish.ts';
import { startSite } from './helpers/start-site.ts';

const byCable = { '/src/main.py': application('cable') };

describe('a retained target', () => {
  it('decides over resets which commit runs, and the branch does when it is taken away', async () => {
    const { site, node } = await startSite({ timeScale: 5 });
    const commit = async (name: string): Promise<string> =>
      site.commit({ files: { 'src/main.py': application(name) } });
    await commit('one');
    await node.powerOn();
    await node.waitForOutput('version one runs');
    const two = await commit('two');
    await commit('three');
    await publish(site.broker, { 'ota/target/lamp': JSON.stringify({ commit: two }) }, { retain: true });
    await node.waitForOutput('version two runs');
    expect(versionOf(node.flash, '/src')).toBe(two);
    node.reset();
    await node.waitForOutput(`up to date at ${two}`);

    await publish(site.broker, { 'ota/target/lamp': '' }, { retain: true });
    node.reset();
    await node.waitForOutput('version three runs');
  });
});

describe('a name server that never answers', () => {
  it('costs one boot where it is asked for Gogs: the next runs what is installed', async () => {
    const { node, messages } = await startSite({
      timeScale: 20,
      settings: { gogsRemote: 'http://gogs.lan/ann/lamp' },
      hosts: { 'gogs.lan': 'hang' },
      files: byCable,
    });
    await node.powerOn();
    expect(await node.waitForBoot()).toBe('watchdog');
    await node.waitForOutput('no update: the last try hung');
    await node.waitForOutput('version cable runs');
    await messages.waitFor(({ payload }) => payload === 'OTA_error');
  });

  it('costs one boot where it is asked for the broker and the node may run without', async () => {
    const { node } = await startSite({
      timeScale: 20,
      settings: { offline: 'run', offlineTries: 1 },
      wifi: { mqtt_ip: 'broker.lan' },
      hosts: { 'broker.lan': 'hang' },
      files: byCable,
    });
    await node.powerOn();
    expect(await node.waitForBoot()).toBe('watchdog');
    await node.waitForOutput('starting without the broker: the last try hung');
    await node.waitForOutput('version cable runs');
  });
});

describe('a wrong setting', () => {
  it('is told by MQTT as well, if the node knows its name', async () => {
    const { node, messages } = await startSite({ timeScale: 10, files: byCable });
    const settings = node.flash.readText('/nodesettings.py');
    node.flash.writeFile(
      '/nodesettings.py',
      settings.replace('settings = {', 'settings = {"httpTimeout": "soon",'),
    );
    await node.powerOn();
    const { payload } = await messages.waitFor(
      ({ topic, payload: text }) => topic === 'lamp/ota/state' && text.includes('httpTimeout'),
    );
    expect(JSON.parse(payload)).toMatchObject({ error: "nodesettings.py: 'httpTimeout' must be int" });
    expect(await node.waitForBoot({ timeoutMs: 10_000 })).toBe('hard');
  });
});

describe('the name of the node', () => {
  it('is its name in the network', async () => {
    const { node } = await startSite({ files: byCable });
    await node.powerOn();
    await node.waitForOutput('version cable runs');
    const { output } = await node.exec('import network\nprint(network.hostname())');
    expect(output.trim()).toBe('lamp');
  });
});
