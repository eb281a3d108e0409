import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { application, startingWith } from './helpers/application.ts';
import { versionOf } from './helpers/installed.ts';
import { publish } from './helpers/publish.ts';
import {
  scriptedBroker,
  type ScriptedBroker,
  type ScriptedBrokerOptions,
} from './helpers/scripted-broker.ts';
import { startSite, type NodeAtSite } from './helpers/start-site.ts';

const timeScale = 5;
const nodeMs = (milliseconds: number): Promise<void> => delay(milliseconds / timeScale);
const ping = 0xc0;

interface Running extends NodeAtSite {
  readonly resets: string[];
}

function watched(at: NodeAtSite): Running {
  const resets: string[] = [];
  at.node.on('reset', (reason) => resets.push(reason));
  return { ...at, resets };
}

/** A node whose application was brought by cable, at a broker that does what the test says. */
async function atScripted(
  source: string,
  options: ScriptedBrokerOptions & { readonly keepalive?: number } = {},
  watchdogTimeout = 60,
): Promise<Running & { readonly broker: ScriptedBroker }> {
  const broker = await scriptedBroker(options);
  const at = await startSite({
    timeScale,
    settings: { watchdogTimeout },
    wifi: { mqtt_ip: '127.0.0.1', mqtt_port: broker.port, mqtt_keepalive: options.keepalive ?? 8 },
    files: { '/src/main.py': source },
  });
  return { ...watched(at), broker };
}

const idle = ['while True:', '    env["wdt"].feed()', '    time.sleep_ms(200)'];
const listening = ['env["mqtt_sub"](lambda topic, message: print("heard", message))', 'print("listening")'];

describe('a message that is too long', () => {
  it.each(['ota/cmd/lamp', 'ota/cmd/all'])(
    'is skipped and told where it is retained at %s, and the node does what it is told next',
    async (topic) => {
      const at = watched(await startSite({ timeScale, settings: { watchdogTimeout: 60 } }));
      await at.site.commit({ files: { 'src/main.py': application('one') } });
      await publish(at.site.broker, { [topic]: 'x'.repeat(100_000) }, { retain: true });
      await at.node.powerOn();
      await at.node.waitForOutput('version one runs');
      await at.messages.waitFor(({ payload }) => /a message of 10001\d bytes: too long/.test(payload), {
        from: 0,
      });
      expect(at.resets).toEqual([]);
      await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"reset","id":"after"}' });
      await at.messages.waitFor(({ payload }) => payload.includes('"cmd": "after"'));
    },
  );

  it('is skipped where it is for the application', async () => {
    const at = watched(await startSite({ timeScale, settings: { watchdogTimeout: 60 } }));
    const loop = [
      'while True:',
      '    env["wdt"].feed()',
      '    env["mqtt_check_msg"]()',
      '    time.sleep_ms(100)',
    ];
    await at.site.commit({ files: { 'src/main.py': startingWith(...listening, ...loop) } });
    await at.node.powerOn();
    await at.node.waitForOutput('listening');
    await publish(at.site.broker, { 'lamp/big': 'x'.repeat(5000), 'lamp/small': 'small' });
    await at.node.waitForOutput("heard b'small'");
    expect(at.resets).toEqual([]);
  });
});

describe('messages that nobody reads', () => {
  const deaf = startingWith(...listening, ...idle);
  const flood = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`lamp/${n}`, `<${n}>`]));

  it('are thrown away when they are too many, and neither hide a command nor a broker that is gone', async () => {
    const at = watched(await startSite({ timeScale, settings: { watchdogTimeout: 60 } }));
    await at.site.commit({ files: { 'src/main.py': deaf } });
    await at.node.powerOn();
    await at.node.waitForOutput('listening');
    await publish(at.site.broker, flood);
    await at.messages.waitFor(({ payload }) => payload.includes('lost: a message of'));
    await publish(at.site.broker, { 'ota/cmd/lamp': '{"cmd":"nothing","id":"through"}' });
    await at.messages.waitFor(({ payload }) => payload.includes('"cmd": "through"'));
    expect(at.resets).toEqual([]);
    await at.site.broker.restart({ downMs: 500 });
    await at.node.waitForOutput('the broker is gone');
    await at.node.waitForOutput('listening');
    expect(at.resets).toEqual(['hard']);
  });
});

describe('the keepalive', () => {
  it('is kept by an application that hears all the time and says nothing', async () => {
    const at = await atScripted(startingWith(...listening, ...idle));
    await at.node.powerOn();
    await at.node.waitForOutput('listening');
    const from = at.broker.heard.length;
    for (let count = 0; count < 60; count++) {
      at.broker.say('lamp/tick', 'x');
      await nodeMs(500);
    }
    const pings = at.broker.heard.slice(from).filter(({ kind }) => kind === ping);
    expect(pings.length).toBeGreaterThanOrEqual(4);
    expect(at.resets).toEqual([]);
  });

  it('does not take an application that was busy for a broker that is silent', async () => {
    const at = await atScripted(
      startingWith('env["wdt"].feed()', 'time.sleep(30)', 'print("back")', ...idle),
      { pongMs: 300 }, // longer than from one look at the connection to the next
    );
    await at.node.powerOn();
    await at.node.waitForOutput('back');
    await nodeMs(6000);
    expect(at.resets).toEqual([]);
  });

  it('finds a silent broker though the application pings it all the time', async () => {
    const at = await atScripted(
      startingWith('while True:', '    env["wdt"].feed()', '    env["mqtt_ping"]()', '    time.sleep(1)'),
      { pongs: false },
    );
    await at.node.powerOn();
    await at.node.waitForOutput('the broker is gone');
  });

  it('does not feed the watchdog for an application that only looks for messages', async () => {
    const poll = [
      'while True:',
      '    env["mqtt_ping"]()',
      '    env["mqtt_check_msg"]()',
      '    time.sleep(1)',
    ];
    const at = await atScripted(startingWith('print("polling")', ...poll), {}, 5);
    await at.node.powerOn();
    await at.node.waitForOutput('polling');
    expect(await at.node.waitForBoot()).toBe('watchdog');
  });
});

describe('a broker that does not say which commit a node has to run', () => {
  it.each([
    ['since it refuses the subscription', { granted: 0x80 }],
    ['since it does not answer', { pongs: false, keepalive: 60 }],
  ])('%s, lets the node run what it has', async (_what, options) => {
    const at = await atScripted(application('cable'), options);
    await at.site.commit({ files: { 'src/main.py': application('head') } });
    await at.node.powerOn();
    await at.node.waitForOutput('no update: ota/target could not be read');
    await at.node.waitForOutput('version cable runs');
    expect(at.asked()).toEqual([]);
    expect(versionOf(at.node.flash, '/src')).toBeUndefined();
  });
});
