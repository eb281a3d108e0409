import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { application, startingWith } from './helpers/application.ts';
import { startSite, type NodeAtSite, type NodeAtSiteOptions } from './helpers/start-site.ts';

/** A node that is about to start this application for the first time. */
async function starting(source: string, options: NodeAtSiteOptions = {}): Promise<NodeAtSite> {
  const at = await startSite({ timeScale: 4, ...options });
  await at.site.commit({ files: { 'src/main.py': source } });
  await at.node.powerOn();
  return at;
}

describe('the environment of an application', () => {
  it('has what micropython-ota-updater-gogs gave, and every setting of the node', async () => {
    const { node, site } = await starting(
      startingWith('print("keys", " ".join(sorted(env)), "end")', 'idle(env)') + idle,
      {
        settings: { application: { pin: 5 } },
      },
    );
    const [, keys = ''] = await node.waitForOutput(/keys (.*) end/);
    expect(keys.split(' ')).toEqual(
      expect.arrayContaining([
        ...[
          'requests',
          'log',
          'time',
          'updater',
          'wdt',
          'mqtt_pub',
          'mqtt_ping',
          'mqtt_sub',
          'mqtt_check_msg',
        ],
        ...['controllerName', 'logInclude', 'logExclude', 'debug', 'httpTimeout', 'gogsBranch', 'gogsToken'],
        ...['gogsRemote', 'pin'],
      ]),
    );
    expect(site.nodes).toHaveLength(1);
  });

  it('logs under a name, tells the time, and publishes what is to be retained', async () => {
    const lines = [
      'log = env["log"]',
      'log("plain", 1)',
      'log("named", name="part")',
      'log(append="sub")("child")',
      'print(env["time"].dateTimeIso(), "|", env["time"].human(), "|", env["time"].localtime()[0] > 2024)',
      'env["mqtt_pub"]("kept", "yes", True)',
      'env["mqtt_pub"]("text", "naïve")',
      'idle(env)',
    ];
    const { node, messages } = await starting(startingWith(...lines) + idle);
    await node.waitForOutput('[main] plain 1');
    await node.waitForOutput('[main:part] named');
    await node.waitForOutput('[main:sub] child');
    await node.waitForOutput(
      /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \| \w{3}, \d+ \w{3} \d{4} \d\d:\d\d:\d\d UTC \| True/,
    );
    expect(await messages.waitFor(({ topic }) => topic === 'lamp/text')).toMatchObject({ payload: 'naïve' });
    expect(await messages.waitFor(({ topic }) => topic === 'lamp/kept')).toMatchObject({ payload: 'yes' });
  });

  it('prints only the names that logInclude has and logExclude has not', async () => {
    const lines = [
      'env["log"]("shown")',
      'env["log"]("hidden", name="secret")',
      'print("done")',
      'idle(env)',
    ];
    const { node } = await starting(startingWith(...lines) + idle, {
      settings: { logInclude: ['^main'], logExclude: ['secret$'] },
    });
    await node.waitForOutput('done');
    expect(node.transcript.text).toContain('shown');
    expect(node.transcript.text).not.toContain('hidden');
    expect(node.transcript.text).not.toContain('OTAUpdater');
  });

  it('asks web servers', async () => {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.setHeader('Content-Type', 'application/json');
        response.end(
          JSON.stringify({
            method: request.method,
            path: request.url,
            body: Buffer.concat(parts).toString(),
          }),
        );
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { node } = await starting(
      startingWith(
        'requests = env["requests"]',
        `print(requests.get("${base}/a?b=c").json())`,
        `r = requests.post("${base}/p", json={"x": 1}, headers={"X-Y": "z"})`,
        'print(r.status_code, r.text)',
        `requests.put("${base}/q", data="text").save("/saved")`,
        'print(open("/saved").read(), "end")',
        'idle(env)',
      ) + idle,
    );
    await node.waitForOutput("'path': '/a?b=c'");
    await node.waitForOutput('200 {"method":"POST","path":"/p","body":"{\\"x\\": 1}"}');
    await node.waitForOutput('{"method":"PUT","path":"/q","body":"text"} end');
  });

  it('does not feed the watchdog while it waits for a web server, unless it is read in parts', async () => {
    const server = createServer((_request, response) => {
      const drip = setInterval(() => response.write('x'.repeat(100)), 100);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lines = [
      'answer = env["requests"].get("' + base + '")',
      'buf = bytearray(50)',
      'for _ in range(40):',
      '    env["wdt"].feed()',
      '    answer.readinto(buf)',
      'print("in parts")',
      'env["requests"].get("' + base + '").content',
    ];
    const { node } = await starting(startingWith(...lines), {
      timeScale: 5,
      settings: { watchdogTimeout: 5 },
    });
    await node.waitForOutput('in parts');
    expect(await node.waitForBoot()).toBe('watchdog');
  });

  it('lets it ask for an update, which resets the node if there is one', async () => {
    const lines = [
      'print(env["updater"].compare()[0] == env["updater"].compare()[1])',
      'while True:',
      '    env["wdt"].feed()',
      '    env["updater"].checkForUpdate()',
      '    time.sleep(1)',
    ];
    const { site, node } = await starting(startingWith(...lines));
    await node.waitForOutput('True');
    await site.commit({ files: { 'src/main.py': application('two') } });
    await node.waitForOutput('version two runs');
  });
});

describe('a mistake in a call of the environment', () => {
  it('is told to the application and not taken for a broker that is gone', async () => {
    const lines = [
      'try:',
      '    env["mqtt_pub"]("number", 5)',
      'except TypeError as error:',
      '    print("told:", error)',
      'idle(env)',
    ];
    const { node } = await starting(startingWith(...lines) + idle);
    await node.waitForOutput('told: publish str or bytes, not int');
    expect(node.boots).toBe(1);
  });
});

describe('an application that ends', () => {
  const endings: [what: string, source: string, error: RegExp][] = [
    ['by returning', startingWith('return'), /the application ended/],
    ['by an exception', startingWith('raise ValueError("oops")'), /ValueError: oops/],
    ['by sys.exit()', startingWith('import sys', 'sys.exit()'), /SystemExit/],
    ['by lack of memory', startingWith('raise MemoryError'), /MemoryError/],
    ['before it starts, by its syntax', 'def start(env:\n', /SyntaxError/],
    ['before it starts, by what it imports', 'import nothing_of_this_name\n', /ImportError/],
    ['before it starts, since it has no start', 'x = 1\n', /AttributeError/],
  ];

  it.each(endings)('%s is followed by a reset and not by the prompt', async (_what, source, error) => {
    const { node, messages } = await starting(source, { timeScale: 10 });
    const state = await messages.waitFor(
      ({ topic, payload }) => topic === 'lamp/ota/state' && !payload.includes('"error": null'),
    );
    expect((JSON.parse(state.payload) as { error: string }).error).toMatch(error);
    expect(await node.waitForBoot({ timeoutMs: 5000 })).toBe('hard');
    expect(node.transcript.text).not.toContain('>>>');
  });

  it('by hanging is reset by the watchdog', async () => {
    const { node } = await starting(startingWith('while True:', '    pass'), {
      timeScale: 5,
      settings: { watchdogTimeout: 5 },
    });
    await node.waitForOutput('starting src.main');
    expect(await node.waitForBoot({ timeoutMs: 5000 })).toBe('watchdog');
  });

  it('by Ctrl-C leaves the prompt to the person who typed it, for ten minutes', async () => {
    const { node } = await starting(application('one'), { timeScale: 10, settings: { watchdogTimeout: 5 } });
    await node.waitForOutput('version one runs');
    node.type('\x03');
    await node.waitForOutput('>>> ');
    await delay(4000); // 40 s of the node
    node.type('print(6 * 7)\r');
    await node.waitForOutput('42');
    expect(node.boots).toBe(1);
  });
});

describe('a node that cannot start', () => {
  it.each([
    [
      'a missing setting',
      '/nodesettings.py',
      'settings = {}\n',
      "nodesettings.py: 'controllerName' is missing",
    ],
    [
      'a setting of the wrong kind',
      '/wifisettings.py',
      "settings = {'wifiAP': 1, 'mqtt_ip': 'b'}\n",
      "'wifiAP' must be str",
    ],
    [
      'an address without a repository',
      '/nodesettings.py',
      "settings = {'controllerName': 'lamp', 'gogsRemote': 'http://h/lamp'}\n",
      "'gogsRemote': must end in /owner/name",
    ],
    [
      'a pattern with a mistake',
      '/nodesettings.py',
      "settings = {'controllerName': 'lamp', 'gogsBase': 'http://h/a', 'logInclude': ['(']}\n",
      "'logInclude': ",
    ],
    [
      'a file with a mistake',
      '/nodesettings.py',
      'settings = {\n',
      'nodesettings.py cannot be read: SyntaxError',
    ],
    [
      'a file without settings',
      '/wifisettings.py',
      'x = 1\n',
      'wifisettings.py cannot be read: AttributeError: ',
    ],
  ])('for %s says so and resets', async (_what, path, content, message) => {
    const { node } = await startSite({ timeScale: 10, files: { [path]: content } });
    await node.powerOn();
    await node.waitForOutput(message);
    expect(await node.waitForBoot({ timeoutMs: 8000 })).toBe('hard');
    expect(node.transcript.text).not.toContain('>>>');
  });

  it('for want of the network says so and resets, and starts when the network is there', async () => {
    const { site, node } = await startSite({ timeScale: 10, wifi: { wifiTimeout: 5 } });
    await site.commit({ files: { 'src/main.py': application('one') } });
    site.wifi.takeAway(site.accessPoint.ssid);
    await node.powerOn();
    await node.waitForOutput(/WiFi 'site' not joined in 5 s \(it is not there\)/);
    expect(await node.waitForBoot({ timeoutMs: 8000 })).toBe('hard');
    site.wifi.bringBack(site.accessPoint.ssid);
    await node.waitForOutput('version one runs');
  });

  it('does not mind a time server that does not answer', async () => {
    const { site, node } = await startSite({ timeScale: 5 });
    await site.commit({ files: { 'src/main.py': application('one') } });
    node.machine.timeServer = false;
    await node.powerOn();
    await node.waitForOutput('no time from pool.ntp.org');
    await node.waitForOutput('version one runs');
  });
});

const idle = `

def idle(env):
    while True:
        env["wdt"].feed()
        time.sleep_ms(200)
`;
