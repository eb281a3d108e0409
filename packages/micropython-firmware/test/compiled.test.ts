import { describe, expect, it } from 'vitest';
import { application, startingWith } from './helpers/application.ts';
import { versionOf } from './helpers/installed.ts';
import { signed, shortKey } from './helpers/signed.ts';
import { startSite } from './helpers/start-site.ts';
import { supported } from './helpers/supported.ts';

describe('the compiled form of the device files', () => {
  it.each(supported)(
    'installs, updates, and returns from a bad version, on MicroPython %s',
    async (micropython) => {
      const settings = { trialSeconds: 0, trialBoots: 1, watchdogTimeout: 5 };
      const { site, node } = await startSite({ compiled: true, micropython, settings });
      expect(node.flash.exists('/lib/ota/node.py')).toBe(false);
      const confirming = application('one').replace(
        'def start(env):',
        'def start(env):\n    env["updater"].confirm()',
      );
      const one = await site.commit({ files: { 'src/main.py': confirming, 'src/lib/a.py': 'A = 1\n' } });
      await node.powerOn();
      await node.waitForOutput('version one runs');

      const two = await site.commit({ files: { 'src/main.py': confirming.replaceAll('one', 'two') } });
      node.reset();
      await node.waitForOutput('version two runs');
      expect(versionOf(node.flash, '/src')).toBe(two);
      expect(versionOf(node.flash, '/prev')).toBe(one);

      await site.commit({ files: { 'src/main.py': 'raise ValueError("three")\n' } });
      node.reset();
      await node.waitForOutput('ValueError: three');
      await node.waitForOutput(`returned to ${two}`, { timeoutMs: 30_000 });
      await node.waitForOutput('version two runs');
      expect(node.transcript.text).not.toContain('>>>');
    },
  );

  it('gives an application the same environment', async () => {
    const { site, node, messages } = await startSite({ compiled: true });
    const lines = [
      'env["log"](append="sub")("child", name="part")',
      'print(env["time"].dateTimeIso()[:2], env["time"].human()[-3:], env["time"].localtime()[0] > 2024)',
      `answer = env["requests"].get("${site.gogs.baseUrl}/", timeout=5)`,
      'print("answer", answer.status_code, len(answer.text) > 0)',
      'env["mqtt_sub"](lambda topic, message: print("heard", topic, message))',
      'env["mqtt_pub"]("kept", "yes", retain=True)',
      'while True:',
      '    env["wdt"].feed()',
      '    env["mqtt_check_msg"]()',
      '    env["time"].sleep(0.1)',
    ];
    await site.commit({ files: { 'src/main.py': startingWith(...lines) } });
    await node.powerOn();
    await node.waitForOutput('[main:sub:part] child');
    await node.waitForOutput('20 UTC True');
    await node.waitForOutput(/answer \d+ True/);
    await node.waitForOutput("heard b'lamp/kept' b'yes'");
    expect(await messages.waitFor(({ topic }) => topic === 'lamp/kept')).toMatchObject({ payload: 'yes' });
  });

  it('checks signatures', async () => {
    const key = await shortKey();
    const settings = { gogsKey: key.gogsKey };
    const { site, node } = await startSite({ compiled: true, settings });
    const one = await site.commit({ files: signed({ 'src/main.py': application('one') }, key, 1) });
    await node.powerOn();
    await node.waitForOutput('version one runs');
    await site.commit({ files: { 'src/main.py': application('two') } });
    node.reset();
    await node.waitForOutput('no update: src/.signature does not fit src/ and gogsKey');
    expect(versionOf(node.flash, '/src')).toBe(one);
  });
});
