import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { application } from './helpers/application.ts';
import { useNode } from './helpers/python.ts';
import { startSite } from './helpers/start-site.ts';

const byCable = { '/src/main.py': application('cable') };

describe('a package that cannot be imported', () => {
  it('ends in a reset and not at the prompt', async () => {
    const { node } = await startSite({
      timeScale: 10,
      files: { '/lib/ota/node.py': 'raise ImportError("torn")\n' },
    });
    await node.powerOn();
    await node.waitForOutput('ImportError: torn');
    expect(await node.waitForBoot()).toBe('hard');
    expect(node.transcript.text).not.toContain('>>>');
  });

  it('and hangs is reset by the watchdog', async () => {
    const { node } = await startSite({
      timeScale: 20,
      files: { '/lib/ota/node.py': 'while True:\n    pass\n' },
    });
    await node.powerOn();
    expect(await node.waitForBoot()).toBe('watchdog');
  });

  it('leaves the prompt for ten minutes to the person who typed Ctrl-C', async () => {
    const source = 'import time\nprint("importing")\ntime.sleep(20)\n';
    const { node } = await startSite({ timeScale: 10, files: { '/lib/ota/node.py': source } });
    await node.powerOn();
    await node.waitForOutput('importing');
    node.type('\x03');
    await node.waitForOutput('>>> ');
    await delay(4000); // 40 s of the node
    expect(node.boots).toBe(1);
  });
});

describe('an application that takes longer to compile than watchdogTimeout', () => {
  it('is started', async () => {
    const { site, node } = await startSite({ timeScale: 10, settings: { watchdogTimeout: 3 } });
    await site.commit({ files: { 'src/main.py': `import time\n\ntime.sleep(8)\n${application('slow')}` } });
    await node.powerOn();
    await node.waitForOutput('version slow runs');
    expect(node.boots).toBe(1);
  });
});

describe('a node whose firmware or memory is not as expected', () => {
  it('names a fixed address that is none', async () => {
    const wifiStatic = ['192.168.7.300', '255.255.255.0', '192.168.7.1', '192.168.7.1'] as const;
    const { node } = await startSite({ timeScale: 10, wifi: { wifiStatic }, files: byCable });
    await node.powerOn();
    await node.waitForOutput("wifisettings.py: 'wifiStatic': ");
    expect(await node.waitForBoot()).toBe('hard');
  });

  it.each(['{"left": 1e999, "bad": []}', '{"left": 1, "bad": 5}', '[1', '[]'])(
    'starts with the journal %s',
    async (journal) => {
      const { node } = await startSite({ files: { ...byCable, '/ota.json': journal } });
      await node.powerOn();
      await node.waitForOutput('version cable runs');
    },
  );
});

describe('the memory of the RTC', () => {
  const { run } = useNode();

  it.each(['["x", 0, 0, null, null, []]', '[1, 0, 0, null, null, [5]]', '[1]', '5', '{"a": 1}', 'ÿ'])(
    'may hold what somebody else wrote: %s',
    async (text) => {
      const code = `import machine
machine.RTC().memory('${text}')
from ota import rtc
memory = rtc.Memory()
print(memory.boots, memory.crashes, memory.before)`;
      expect(await run(code)).toBe('1 0 []');
    },
  );
});

describe('a firmware without ntptime', () => {
  const { run } = useNode();

  it('does without the time', async () => {
    const code = `import sys
sys.modules["ntptime"] = None
from ota import clock
clock.synchronize("host", print)`;
    expect(await run(code)).toMatch(/^no time from host /);
  });
});

describe('a name that the network does not take', () => {
  const { run } = useNode();

  it('does not keep the node from joining', async () => {
    const code = `import network
def hostname(name):
    raise ValueError("invalid hostname")
network.hostname = hostname
from ota import wifi
values = {"wifiAP": "site", "wifiPassword": "", "wifiNetworks": [], "wifiStatic": [], "wifiTimeout": 5}
print(wifi.connect(values, "a name"))`;
    expect(await run(code)).toBe('192.168.4.20');
  });
});
