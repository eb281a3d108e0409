import { describe, expect, it } from 'vitest';
import { makeCertificates, type MessageWatch } from '@ota/testbed';
import { application, startingWith } from './helpers/application.ts';
import { versionOf } from './helpers/installed.ts';
import { publish } from './helpers/publish.ts';
import { startSite, type NodeAtSite } from './helpers/start-site.ts';

type State = Record<string, unknown>;

async function stateWith(messages: MessageWatch, wanted: State, from = 0): Promise<State> {
  const { payload } = await messages.waitFor(
    ({ topic, payload: text }) => {
      if (topic !== 'lamp/ota/state') return false;
      const state = JSON.parse(text) as State;
      return Object.entries(wanted).every(([key, value]) => state[key] === value);
    },
    { from, timeoutMs: 15_000 },
  );
  return JSON.parse(payload) as State;
}

/** A node on which version one is confirmed and version two runs on trial or is confirmed. */
async function twoVersions(): Promise<NodeAtSite & { one: string; two: string }> {
  const at = await startSite({ timeScale: 10, settings: { trialSeconds: 3, watchdogTimeout: 60 } });
  const one = await at.site.commit({ files: { 'src/main.py': application('one') } });
  await at.node.powerOn();
  await stateWith(at.messages, { version: one, state: 'confirmed' });
  const two = await at.site.commit({ files: { 'src/main.py': application('two') } });
  at.node.reset();
  await stateWith(at.messages, { version: two, state: 'confirmed' });
  return { ...at, one, two };
}

describe('a command', () => {
  it('to check brings the update; the state echoes its id after the reset', async () => {
    const at = await twoVersions();
    const three = await at.site.commit({ files: { 'src/main.py': application('three') } });
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"check","id":"c1"}' });
    await stateWith(at.messages, { version: three, cmd: 'c1' });
  });

  it('to check resets nothing when there is nothing new', async () => {
    const at = await twoVersions();
    const { boots } = at.node;
    await publish(at.site.broker, { 'ota/cmd/all': '{"cmd":"check","id":"c2"}' });
    await stateWith(at.messages, { cmd: 'c2' });
    expect(at.node.boots).toBe(boots);
  });

  it('to reset resets', async () => {
    const at = await twoVersions();
    const booted = at.node.waitForBoot();
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"reset","id":7}' });
    expect(await booted).toBe('hard');
    await stateWith(at.messages, { cmd: 7 });
  });

  it('to roll back returns to the version before, and the bad one is not taken again', async () => {
    const at = await twoVersions();
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"rollback","id":"back"}' });
    const state = await stateWith(at.messages, { version: at.one, state: 'reverted', cmd: 'back' });
    expect(state['error']).toMatch(/rolled back by command/);
    await at.node.waitForOutput('version one runs');
    expect(versionOf(at.node.flash, '/src')).toBe(at.one);

    const from = at.messages.messages.length;
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"rollback","id":"again"}' });
    await stateWith(at.messages, { cmd: 'again', error: 'there is no previous version to return to' }, from);
  });

  it('that makes no sense is told and does no harm', async () => {
    const at = await twoVersions();
    await publish(at.site.broker, {
      'ota/cmd/lamp': '{"cmd":"explode","id":"x"}',
      'ota/cmd/all': 'not json',
    });
    await stateWith(at.messages, { cmd: 'x', error: "there is no command 'explode'" });
    await at.messages.waitFor(
      ({ topic, payload }) => topic === 'lamp/ota/log' && payload.includes('a command without'),
    );
  });
});

describe('a command', () => {
  it('is echoed after the reset by a node that logs nothing', async () => {
    const at = await startSite({ timeScale: 10, settings: { debug: false, watchdogTimeout: 60 } });
    await at.site.commit({ files: { 'src/main.py': application('one') } });
    await at.node.powerOn();
    await at.messages.waitFor(({ topic }) => topic === 'lamp/alive');
    const two = await at.site.commit({ files: { 'src/main.py': application('two') } });
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"check","id":"quiet"}' });
    await stateWith(at.messages, { version: two, cmd: 'quiet' });
  });

  it('with an id that is too long for the memory of the RTC is done all the same', async () => {
    const at = await twoVersions();
    const [longest, longer] = ['x'.repeat(64), 'y'.repeat(65)];
    await publish(at.site.broker, { 'ota/cmd/lamp': JSON.stringify({ cmd: 'reset', id: longest }) });
    await stateWith(at.messages, { cmd: longest });
    const booted = at.node.waitForBoot();
    await publish(at.site.broker, { 'ota/cmd/lamp': JSON.stringify({ cmd: 'reset', id: longer }) });
    expect(await booted).toBe('hard');
    const from = at.messages.messages.length;
    await stateWith(at.messages, { cmd: null }, from);
  });

  it('that was wrong is forgotten with the next', async () => {
    const at = await twoVersions();
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"explode","id":"bad"}' });
    await stateWith(at.messages, { cmd: 'bad', error: "there is no command 'explode'" });
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"check","id":"good"}' });
    await stateWith(at.messages, { cmd: 'good', error: null });
  });

  it('that is retained is ignored', async () => {
    const at = await startSite({ timeScale: 10 });
    await at.site.commit({ files: { 'src/main.py': application('one') } });
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"reset","id":"old"}' }, { retain: true });
    await at.node.powerOn();
    await at.node.waitForOutput('version one runs');
    // A command that comes later is done: the one before it was not waiting.
    await publish(at.site.broker, { 'ota/cmd/all': '{"cmd":"check","id":"new"}' });
    await stateWith(at.messages, { cmd: 'new' });
    expect(at.node.boots).toBe(1);
    expect(at.messages.messages.filter(({ payload }) => payload.includes('"cmd": "old"'))).toEqual([]);
  });

  it('to check does not keep the application waiting for its turn', async () => {
    // At most one run in five hundred draws a turn that comes within two seconds.
    const at = await startSite({ timeScale: 10, settings: { resetJitter: 1000 } });
    await at.site.commit({ files: { 'src/main.py': application('one') } });
    await at.node.powerOn();
    await at.node.waitForOutput('version one runs');
    at.asked();
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"check"}' });
    await at.node.waitForOutput('command check');
    const from = at.messages.messages.length;
    await at.messages.waitFor(({ topic }) => topic === 'lamp/alive', { from: from + 3 });
    expect(at.asked()).toEqual([]);
  });
});

describe('a target', () => {
  it('goes before the branch', async () => {
    const at = await twoVersions();
    const three = await at.site.commit({ files: { 'src/main.py': application('three') } });
    await at.site.commit({ files: { 'src/main.py': application('four') } });
    await publish(at.site.broker, { 'ota/target/lamp': JSON.stringify({ commit: three }) });
    // Not retained: it counts until the node resets, and this one resets at once since it is an update.
    await at.node.waitForOutput(`there is an update to ${three}`);
  });
});

describe('the log', () => {
  it('of the life before a reset is published after it', async () => {
    const at = await startSite({ timeScale: 10, settings: { watchdogTimeout: 3 } });
    const source = startingWith('env["log"]("last words")', 'while True:', '    pass');
    await at.site.commit({ files: { 'src/main.py': source } });
    await at.node.powerOn();
    await at.messages.waitFor(
      ({ topic, payload }) => topic === 'lamp/ota/log' && payload.endsWith('[main] last words'),
    );
    expect(at.node.boots).toBe(2);
  });
});

describe('the way to the network', () => {
  it('is the second of two networks when the first is away', async () => {
    const at = await startSite({ timeScale: 10, wifi: { wifiAP: 'nowhere', wifiTimeout: 2 } });
    const { ssid, password } = at.site.accessPoint;
    const text = at.node.flash.readText('/wifisettings.py');
    const networks = `"wifiNetworks": [["${ssid}", "${password}"]],\n}`;
    at.node.flash.writeFile('/wifisettings.py', text.replace(/\}\s*$/, networks));
    await at.site.commit({ files: { 'src/main.py': application('one') } });
    await at.node.powerOn();
    await at.node.waitForOutput('version one runs');
  });

  it('may have a fixed address', async () => {
    const wifiStatic = ['192.168.7.7', '255.255.255.0', '192.168.7.1', '192.168.7.1'] as const;
    const at = await startSite({ wifi: { wifiStatic } });
    await at.node.powerOn();
    await at.node.waitForOutput('192.168.7.7');
  });

  it('leads to the broker by TLS, if its authority is the right one', async () => {
    const certificate = await makeCertificates({ names: ['localhost', '127.0.0.1'] });
    const stranger = await makeCertificates({ names: ['localhost'] });
    const der = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    const at = await startSite({
      timeScale: 5,
      broker: { tls: { certificate } },
      wifi: { mqtt_ip: 'localhost', mqtt_tls: true, mqtt_ca: '/ca.der', mqtt_wait: 1 },
      files: { '/ca.der': der(stranger.ca) },
    });
    const text = at.node.flash.readText('/wifisettings.py');
    at.node.flash.writeFile(
      '/wifisettings.py',
      text.replace(String(at.site.broker.port), String(at.site.broker.tlsPort)),
    );
    await at.site.commit({ files: { 'src/main.py': application('one') } });
    await at.node.powerOn();
    await at.node.waitForOutput('localhost is not to be trusted');
    at.node.flash.writeFile('/ca.der', der(certificate.ca));
    await at.node.waitForOutput('version one runs', { timeoutMs: 20_000 });
  });
});

describe('a node that may run offline', () => {
  it('starts what is installed after some tries, and looks for the broker again', async () => {
    const at = await startSite({
      timeScale: 20,
      settings: { offline: 'run', offlineTries: 2, offlineCheck: 10, watchdogTimeout: 30 },
      wifi: { mqtt_wait: 1 },
    });
    await at.site.commit({ files: { 'src/main.py': application('one') } });
    await at.node.powerOn();
    await at.node.waitForOutput('version one runs');
    await at.site.broker.stop();
    await at.node.waitForOutput('starting without the broker', { timeoutMs: 20_000 });
    await at.node.waitForOutput('version one runs');
    await at.site.broker.start();
    await at.node.waitForOutput('the broker is back', { timeoutMs: 20_000 });
    await at.node.waitForOutput('up to date', { timeoutMs: 20_000 });
  });

  it('joins the network again when that comes back', async () => {
    const at = await startSite({
      timeScale: 20,
      settings: { offline: 'run', offlineTries: 1, offlineCheck: 10, watchdogTimeout: 5 },
      wifi: { wifiTimeout: 8 },
      files: { '/src/main.py': application('cable') },
    });
    at.site.wifi.takeAway(at.site.accessPoint.ssid);
    await at.node.powerOn();
    await at.node.waitForOutput('version cable runs');
    at.site.wifi.bringBack(at.site.accessPoint.ssid);
    await at.node.waitForOutput('the broker is back', { timeoutMs: 10_000 });
  });

  it('waits longer from try to try where it may not', async () => {
    const at = await startSite({ timeScale: 20, wifi: { mqtt_wait: 0, wifiTimeout: 1 } });
    at.site.wifi.takeAway(at.site.accessPoint.ssid);
    await at.node.powerOn();
    await at.node.waitForOutput(/resetting in 10 s[^]*resetting in 20 s[^]*resetting in 40 s/, {
      timeoutMs: 25_000,
    });
  });
});
