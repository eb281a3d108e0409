import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { application, startingWith } from './helpers/application.ts';
import { publish } from './helpers/publish.ts';
import { startSite, type NodeAtSite, type NodeAtSiteOptions } from './helpers/start-site.ts';
import { supported } from './helpers/supported.ts';

const timeScale = 5;

/** The node's milliseconds, as long as they take here. */
const nodeMs = (milliseconds: number): Promise<void> => delay(milliseconds / timeScale);

async function running(
  source: string,
  options: NodeAtSiteOptions = {},
): Promise<NodeAtSite & { resets: string[] }> {
  const { settings, ...more } = options;
  const at = await startSite({
    timeScale,
    settings: { watchdogTimeout: 60, resetJitter: 1, ...settings },
    ...more,
  });
  await at.site.commit({ files: { 'src/main.py': source } });
  const resets: string[] = [];
  at.node.on('reset', (reason) => resets.push(reason));
  await at.node.powerOn();
  await at.node.waitForOutput('starting src.main');
  at.asked();
  return { ...at, resets };
}

const checks = ['/commits/refs/heads/main'];

describe.each(supported)('a restart of the broker of a node with MicroPython %s', (micropython) => {
  it.each([
    ['1 s', 1000],
    ['15 s', 15_000],
  ])('that takes %s makes the node reset once and ask for an update once', async (_what, downMs) => {
    const { site, node, asked, resets } = await running(application('one'), { micropython });
    await site.broker.restart({ downMs: downMs / timeScale });
    await node.waitForOutput('version one runs');
    await node.waitForOutput('version one runs');
    await nodeMs(8000);
    expect(resets).toEqual(['hard']);
    expect(asked()).toEqual(checks);
  });
});

describe('a restart of the broker', () => {
  const quiet = { wifi: { mqtt_keepalive: 4 } };
  it.each([
    ['only publishes, every 3 s', ['env["mqtt_pub"]("alive", "x")', 'time.sleep(3)']],
    ['only feeds the watchdog', ['time.sleep_ms(300)']],
    ['only looks for messages', ['env["mqtt_check_msg"]()', 'time.sleep_ms(300)']],
    ['only pings', ['env["mqtt_ping"]()', 'time.sleep(2)']],
  ])('is noticed by an application that %s', async (_what, lines) => {
    const loop = ['while True:', '    env["wdt"].feed()', ...lines.map((line) => `    ${line}`)];
    const { site, asked, resets, node } = await running(startingWith(...loop));
    await site.broker.restart({ downMs: 1000 / timeScale });
    await node.waitForOutput('starting src.main');
    await nodeMs(5000);
    expect(resets).toEqual(['hard']);
    expect(asked()).toEqual(checks);
  });

  it('is noticed by its silence when the broker could not say goodbye', async () => {
    const { site, asked, resets, node } = await running(application('one'), quiet);
    site.broker.dropSilently();
    await node.waitForOutput('the broker is gone', { timeoutMs: 10_000 });
    site.broker.resume();
    await node.waitForOutput('starting src.main');
    await nodeMs(5000);
    expect(resets).toEqual(['hard']);
    expect(asked()).toEqual(checks);
  });

  it('is not imagined: an application that is quiet for long stays connected', async () => {
    const loop = ['while True:', '    env["wdt"].feed()', '    time.sleep(1)'];
    const { resets } = await running(startingWith(...loop), quiet);
    await nodeMs(20_000);
    expect(resets).toEqual([]);
  });
});

describe('the gate at boot', () => {
  it('waits for the broker and then goes on without a reset', async () => {
    const { site, node } = await startSite({ timeScale });
    await site.commit({ files: { 'src/main.py': application('one') } });
    const resets: string[] = [];
    node.on('reset', (reason) => resets.push(reason));
    await site.broker.stop();
    await node.powerOn();
    await node.waitForOutput('waiting for the broker');
    await nodeMs(5000);
    await site.broker.start();
    await node.waitForOutput('version one runs');
    expect(resets).toEqual([]);
  });

  it('spreads the looks for an update of all nodes that had to wait there', async () => {
    // A jitter so long that it is not over before the test is: at most one run in ten thousand draws less than 10 s.
    const { site, node, asked } = await startSite({ timeScale, settings: { resetJitter: 100_000 } });
    await site.commit({ files: { 'src/main.py': application('one') } });
    await site.broker.stop();
    await node.powerOn();
    await node.waitForOutput('waiting for the broker');
    await site.broker.start();
    await node.waitForOutput('waited for the broker: update in ');
    await nodeMs(5000);
    expect(asked()).toEqual([]);
  });

  it('ends in a reset after mqtt_wait seconds', async () => {
    const { site, node } = await startSite({ timeScale: 10, wifi: { mqtt_wait: 2 } });
    await site.broker.stop();
    await node.powerOn();
    expect(await node.waitForBoot()).toBe('hard');
    expect(node.transcript.text).toMatch(/broker 127\.0\.0\.1:\d+: the connection was (refused|reset)/);
  });

  it('gives up on a broker that takes the connection and never answers', async () => {
    const { site, node } = await startSite({ timeScale: 10, wifi: { mqtt_wait: 2 } });
    site.broker.dropSilently();
    await node.powerOn();
    await node.waitForOutput(/OtaError: broker 127\.0\.0\.1:\d+: timed out/);
    expect(await node.waitForBoot()).toBe('hard');
  });

  it('says why when the broker knows neither user nor password', async () => {
    const { node } = await startSite({
      timeScale: 10,
      broker: { username: 'site', password: 'secret' },
      wifi: { mqtt_wait: 1, mqtt_user: 'site', mqtt_password: 'wrong' },
    });
    await node.powerOn();
    await node.waitForOutput(/waiting for the broker .*: mqtt_user or mqtt_password is wrong \(code 5\)/);
  });
});

describe('messages', () => {
  const listen = startingWith(
    'env["mqtt_sub"](lambda topic, message: print("heard", topic, message))',
    'print("listening")',
    'while True:',
    '    env["wdt"].feed()',
    '    if env["mqtt_check_msg"]() is None:',
    '        time.sleep_ms(100)',
  );

  it('below the name of the node reach its application, one for each look', async () => {
    const { site, node } = await running(listen);
    await node.waitForOutput('listening');
    await publish(site.broker, { 'lamp/set': 'on', 'other/set': 'no', 'lamp/deep/er': 'naïve' });
    await node.waitForOutput("heard b'lamp/set' b'on'");
    await node.waitForOutput("heard b'lamp/deep/er' b'na\\xc3\\xafve'");
    expect(node.transcript.text).not.toContain('other/set');
  });

  it("of the node's own about its state do not", async () => {
    const { node } = await running(listen);
    await node.waitForOutput('listening');
    await nodeMs(3000);
    expect(node.transcript.text).not.toContain("heard b'lamp/ota");
  });

  it('wait while the application only feeds the watchdog, and none is lost', async () => {
    const source = startingWith(
      'env["mqtt_sub"](lambda topic, message: print("heard", message))',
      'print("listening")',
      'for _ in range(20):',
      '    env["wdt"].feed()',
      '    time.sleep_ms(300)',
      'while True:',
      '    env["wdt"].feed()',
      '    env["mqtt_check_msg"]()',
    );
    const { site, node } = await running(source);
    await node.waitForOutput('listening');
    await publish(
      site.broker,
      Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`lamp/${n}`, `<${n}>`])),
    );
    await node.waitForOutput("heard b'<29>'");
    for (let n = 0; n < 30; n++) expect(node.transcript.text).toContain(`heard b'<${n}>'`);
  });

  it('that a node leaves behind say that it is gone', async () => {
    const { node, messages } = await running(application('one'));
    // The console may be ahead of the network: first the node says that it is there.
    await messages.waitFor(({ topic, payload }) => topic === 'lamp/ota/state' && payload.includes('true'));
    const from = messages.messages.length;
    await node.powerOff();
    const will = await messages.waitFor(({ topic }) => topic === 'lamp/ota/state', { from });
    expect(JSON.parse(will.payload)).toEqual({ node: 'lamp', online: false });
  });
});
