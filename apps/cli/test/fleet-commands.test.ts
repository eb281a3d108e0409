import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createBroker, type Site } from '@ota/testbed';
import { connectAsync } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { registry } from '../src/registry.ts';
import { release, startFleetSite } from './helpers/fleet-site.ts';
import { cli, type CliOptions, type CliResult } from './helpers/run-cli.ts';

const commands = ['status', 'watch', 'logs', 'trigger', 'rollback'];
/** What each needs to be a whole command line. */
const operands: Record<string, readonly string[]> = { trigger: ['--all'], rollback: ['kitchen', '--yes'] };

/** What was printed for programs, each line checked against the command's schema. */
async function json(name: string, { stdout }: CliResult): Promise<Record<string, unknown>[]> {
  const { command } = (await registry.find((entry) => entry.name === name)?.load()) ?? {};
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const value = JSON.parse(line) as Record<string, unknown>;
    expect(command?.result.parse(value)).toEqual(value);
    return value;
  });
}

/** Runs a command that has no end of its own until what it printed is enough. */
async function cliUntil(
  argv: readonly string[],
  isEnough: (all: { stdout: string; stderr: string }) => boolean,
  options: CliOptions = {},
): Promise<CliResult> {
  const controller = new AbortController();
  const onWrite = (all: { stdout: string; stderr: string }): void => {
    if (isEnough(all)) controller.abort(new Error('enough'));
  };
  return cli(argv, { ...options, signal: controller.signal, onWrite });
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe.each(commands)('ota %s', (name) => {
  const line = [name, ...(operands[name] ?? [])];

  it('says how to name the broker where nobody did, with 2', async () => {
    const { code, stdout, stderr } = await cli(line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /"broker" is not known: give --broker, OTA_BROKER or "broker" in ota\.config\.json/,
    );
  });

  it('refuses an address that is none, with 2, and tells programs in JSON', async () => {
    const { code, stderr } = await cli([...line, '--broker', 'http://hub', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'FLEET_OPTION', exitCode: 2 } });
  });

  it('ends with 4 where the broker is not there', async () => {
    const broker = await createBroker();
    const url = `mqtt://${broker.host}:${broker.port}`;
    await broker.close();
    const { code, stdout, stderr } = await cli([...line, '--broker', url]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/cannot connect to the broker at 127\.0\.0\.1:\d+.*is it running/);
  });

  it('asks for a password that nobody gave, and shows it nowhere', async () => {
    const broker = await createBroker({ username: 'site', password: 'let-me-in' });
    onTestFinished(() => broker.close());
    const url = `mqtt://${broker.host}:${broker.port}`;
    const argv = [...line, '--broker', url, '--broker-user', 'site'];
    const wrong = await cli(argv, {
      isTerminal: true,
      types: [['Password for the broker: ', 'not-this\r']],
    });
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toContain('check user name and password');
    expect(wrong.stdout + wrong.stderr).not.toContain('not-this');
    const env = { OTA_BROKER_PASSWORD: 'let-me-in' };
    const isLoggedIn = async (): Promise<CliResult> =>
      ['watch', 'logs'].includes(name) ? cli([...argv, '--for', '0.1'], { env }) : cli(argv, { env });
    // Nobody is there: a command to a node fails with 1, a look at all of them is fine.
    expect((await isLoggedIn()).code).toBe(name in operands ? 1 : 0);
  });
});

describe('ota status', () => {
  it('shows each node, also one that is offline', async () => {
    const { nodes, broker, commit } = await startFleetSite(['kitchen', 'cellar']);
    await nodes[1]?.powerOff();
    const status = (): Promise<CliResult> => cli(['status', '--broker', broker]);
    await expect.poll(async () => (await status()).stdout).toContain('offline');
    const shown = await status();
    expect(shown.code).toBe(0);
    const [head, first, second] = shown.stdout.split('\n');
    expect(head).toMatch(/^NODE +LAST SEEN +VERSION +STATE +RUNS SINCE +HEAP +ERROR$/);
    expect(first).toMatch(/^cellar {3}offline {2}- +- /);
    expect(second).toMatch(/^kitchen {2}online {3}now +[0-9a-f]{10} +confirmed +\d{4}-\d\d-\d\d /);
    expect(shown.stderr).toBe('1 of 2 nodes online\n');

    const [data] = await json('status', await cli(['status', 'kitchen', '--json', '--broker', broker]));
    expect(data).toMatchObject({ nodes: [{ name: 'kitchen', online: true, version: commit, error: null }] });
  });

  it('says which node it does not know, and which it does', async () => {
    const { broker } = await startFleetSite(['kitchen']);
    const { code, stderr } = await cli(['status', 'attic', '--broker', broker]);
    expect(code).toBe(1);
    expect(stderr).toContain('the broker knows no node attic (it knows: kitchen)');
  });

  it('says what to do where there is no node yet', async () => {
    const { broker } = await startFleetSite([]);
    const { code, stdout, stderr } = await cli(['status', '--broker', broker]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('"ota deploy"');
  });
});

describe('ota watch', () => {
  it('prints a line of JSON for each node and each change, and ends with 130 when it is told to', async () => {
    const { site, nodes, broker, commit } = await startFleetSite(['kitchen']);
    let isUpdated = false;
    const result = await cliUntil(['watch', '--json', '--broker', broker], ({ stdout }) => {
      if (!isUpdated && stdout.includes(commit)) {
        isUpdated = true;
        void release(site, 'two').then(async () => {
          await nodes[0]?.powerOff();
          nodes[0]?.powerOn();
        });
      }
      return stdout.includes('"state":"trial"') && stdout.endsWith('\n');
    });
    expect(result).toMatchObject({ code: 130, stderr: '' });
    const rows = await json('watch', result);
    expect(rows[0]).toMatchObject({ name: 'kitchen', online: true, version: commit });
    expect(rows.at(-1)).toMatchObject({ name: 'kitchen', state: 'trial', previous: commit });
  });

  it('is a table in its place on a terminal, cut to its width and height, with colours unless NO_COLOR', async () => {
    const { broker, commit } = await startFleetSite(['kitchen', 'cellar']);
    const argv = ['watch', '--for', '0.3', '--broker', broker];
    const { code, stdout } = await cli(argv, { isTerminal: true });
    expect(code).toBe(0);
    // After the first node one line of head and one of a node, which the second drawing replaces.
    expect(stdout).toContain('\u001b[2A\u001b[0J');
    expect(stdout).toContain('\u001b[32monline\u001b[0m');
    expect(count(stdout, commit.slice(0, 10))).toBe(3);
    const plain = await cli(argv, { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b[32m');
    expect(plain.stdout).toContain('\u001b[2A');
  });

  it('moves no cursor on a pipe', async () => {
    const { broker } = await startFleetSite(['kitchen']);
    const { stdout } = await cli(['watch', '--for', '0.2', '--broker', broker]);
    expect(stdout).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}kitchen {2}online {2}now {2}[0-9a-f]{10} {2}confirmed .*\n$/,
    );
  });

  it('tells that the broker is gone, and goes on when it is back', async () => {
    const { site, broker } = await startFleetSite(['kitchen']);
    let isRestarted = false;
    const { stderr } = await cliUntil(['watch', '--broker', broker], ({ stdout, stderr: said }) => {
      if (!isRestarted && stdout.includes('kitchen')) {
        isRestarted = true;
        void site.broker.restart({ downMs: 0 });
      }
      return said.includes('there again');
    });
    expect(stderr).toBe('The broker is gone; waiting for it.\nThe broker is there again.\n');
  });
});

describe('ota logs', () => {
  it("follows the nodes' lines, of those that were named", async () => {
    const { broker } = await startFleetSite(['kitchen', 'cellar']);
    const client = await connectAsync(broker);
    onTestFinished(() => client.endAsync());
    const running = cliUntil(['logs', 'kitchen', '--json', '--broker', broker], ({ stdout }) =>
      stdout.includes('no command'),
    );
    // Only what comes while it listens is shown: so both nodes are made to say something until it does.
    const again = setInterval(() => void client.publishAsync('ota/cmd/all', '{"cmd":"sing"}'), 200);
    const result = await running.finally(() => {
      clearInterval(again);
    });
    expect(result.code).toBe(130);
    const lines = await json('logs', result);
    expect(new Set(lines.map(({ node }) => node))).toEqual(new Set(['kitchen']));
    expect(lines.at(-1)?.['line']).toMatch(/^\[.*\]\[boot\] there is no command 'sing'/);
  });

  it('keeps what a node says from moving the cursor', async () => {
    const { command } = (await registry.find(({ name }) => name === 'logs')?.load()) ?? {};
    const lines: string[] = [];
    const view = { style: (_: string, text: string) => text, line: (text: string) => lines.push(text) };
    command?.print({ node: 'lamp', line: 'a\u001b[2Jb', receivedAt: '' }, view as never, {} as never);
    expect(lines).toEqual(['lamp  a [2Jb']);
  });
});

describe('ota trigger', () => {
  it('has nodes look, and waits for the commit that it is told of', async () => {
    const { site, broker, commit } = await startFleetSite(['kitchen', 'cellar']);
    const two = await release(site, 'two');
    const argv = ['trigger', '--all', '--until', two.slice(0, 7), '--broker', broker];
    const { code, stdout } = await cli(argv);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`kitchen +${commit.slice(0, 10)} +${two.slice(0, 10)} `));
    const [again] = await json('trigger', await cli(['trigger', 'cellar', '--json', '--broker', broker]));
    expect(again).toMatchObject({
      method: 'command',
      nodes: [{ name: 'cellar', looked: true, from: two, version: two, error: null, reached: null }],
    });
  });

  it('sends nothing with --dry-run', async () => {
    const { site, nodes, broker } = await startFleetSite(['kitchen']);
    await release(site, 'two');
    const requests = site.gogs.requests.length;
    const { code, stderr } = await cli(['trigger', 'kitchen', '--dry-run', '--broker', broker]);
    expect(code).toBe(0);
    expect(stderr).toContain('these would look for an update: kitchen');
    expect(site.gogs.requests).toHaveLength(requests);
    expect(nodes[0]?.boots).toBe(1);
  });

  it('ends with 1 where a node does not come to the commit in time', async () => {
    const { broker } = await startFleetSite(['kitchen']);
    const argv = [
      'trigger',
      'kitchen',
      '--until',
      'abcdef0',
      '--timeout',
      '0.5',
      '--json',
      '--broker',
      broker,
    ];
    const result = await cli(argv);
    expect(result.code).toBe(1);
    expect(await json('trigger', result)).toMatchObject([{ nodes: [{ reached: false }] }]);
  });

  it('ends with 4 where a node is offline, and names it', async () => {
    const { nodes, broker } = await startFleetSite(['kitchen']);
    await nodes[0]?.powerOff();
    await expect.poll(async () => (await cli(['status', '--broker', broker])).stdout).toContain('offline');
    const { code, stderr } = await cli(['trigger', 'kitchen', '--broker', broker]);
    expect(code).toBe(4);
    expect(stderr).toContain('offline: kitchen');
    const all = await cli(['trigger', '--all', '--broker', broker]);
    expect(all.code).toBe(1);
    expect(all.stderr).toContain('no node is online');
  });

  it.each([
    [[], /name the nodes/],
    [['kitchen', '--all'], /name the nodes/],
    [['kitchen', '--restart-broker', '--yes'], /leave their names and --all out/],
    [['kitchen', '--service', 'mosquitto'], /are for --restart-broker/],
    [['--all', '--broker-command', 'true'], /are for --restart-broker/],
    [['--all', '--until', 'main'], /7 to 40 hex digits/],
    [['--restart-broker', '--yes', '--service', 'a; b'], /cannot be the name of a service/],
    [['--all', '--timeout', 'soon'], /number of 0 or more/],
  ])('refuses %j with 2 and the reason', async (argv, reason) => {
    const { broker } = await startFleetSite(argv.includes('a; b') ? ['kitchen'] : []);
    const { code, stdout, stderr } = await cli(['trigger', ...argv, '--broker', broker]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
  });
});

describe('ota trigger --restart-broker', () => {
  /** A command that restarts the site's broker, as a service manager would. */
  async function restarting(site: Site, doesIt = true): Promise<string> {
    const server = createServer((_, response) => {
      void (doesIt ? site.broker.restart({ downMs: 100 }) : Promise.resolve()).then(() => response.end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return `"${process.execPath}" -e "fetch('http://127.0.0.1:${port}').then((r) => r.text())"`;
  }

  it('explains itself, restarts the broker, and sees every node come back with the new version', async () => {
    const { site, nodes, broker, commit } = await startFleetSite(['kitchen', 'cellar']);
    const two = await release(site, 'two');
    const command = await restarting(site);
    const argv = ['trigger', '--restart-broker', '--broker-command', command, '--broker', broker];
    const result = await cli([...argv, '--yes', '--json']);
    expect(result.stderr).toMatch(
      /The broker goes away for a moment .*starts again, and looks for an update/,
    );
    expect(result.code).toBe(0);
    const [data] = await json('trigger', result);
    expect(data).toMatchObject({ method: 'restart', command });
    expect(data?.['nodes']).toMatchObject([
      { name: 'cellar', looked: true, from: commit, version: two },
      { name: 'kitchen', looked: true, from: commit, version: two },
    ]);
    expect(nodes.map(({ boots }) => boots)).toEqual([2, 2]);
  });

  it('asks before, and does nothing without a yes', async () => {
    const { nodes, site, broker } = await startFleetSite(['kitchen']);
    const argv = [
      'trigger',
      '--restart-broker',
      '--broker-command',
      await restarting(site),
      '--broker',
      broker,
    ];
    const refused = await cli(argv);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Every client of the broker will lose its connection for a moment');
    const no = await cli(argv, { isTerminal: true, types: [['Type "yes"', 'no\r']] });
    expect(no.code).toBe(2);
    expect((await cli([...argv, '--dry-run'])).code).toBe(0);
    expect(nodes[0]?.boots).toBe(1);
  });

  it('says what the command said that failed, and where the broker was not restarted by it', async () => {
    const { broker } = await startFleetSite(['kitchen']);
    const failing = `"${process.execPath}" -e "console.error('not you'); process.exit(3)"`;
    const argv = ['trigger', '--restart-broker', '--yes', '--broker', broker];
    const { code, stderr } = await cli([...argv, '--broker-command', failing]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/did not restart the broker: not you; run it as a user who may/);
  });

  it('says what to do where the broker is on another computer', async () => {
    const { restartCommand } = await import('../src/fleet/restart-broker.ts');
    const none = { command: undefined, service: 'mosquitto' };
    // 192.0.2.1 is for documentation (RFC 5737): nobody's.
    await expect(restartCommand('mqtt://192.0.2.1', none)).rejects.toThrow(
      /not on this computer: restart it there, or say how with --broker-command "ssh 192\.0\.2\.1 sudo systemctl/,
    );
    const lines = await Promise.all(
      (['linux', 'darwin', 'win32'] as const).map((platform) =>
        restartCommand('mqtt://localhost:1883', none, platform).then(({ line }) => line),
      ),
    );
    expect(lines).toEqual([
      'systemctl restart mosquitto',
      'brew services restart mosquitto',
      "powershell -NoProfile -Command Restart-Service 'mosquitto'",
    ]);
    await expect(restartCommand('mqtt://localhost', none, 'aix')).rejects.toThrow(
      /say how with --broker-command/,
    );
  });
});

describe('ota rollback', () => {
  it('brings the version before back, and does not call that a failure', async () => {
    const { site, broker, commit } = await startFleetSite(['kitchen']);
    const two = await release(site, 'two');
    await cli(['trigger', '--all', '--until', two, '--broker', broker]);
    const dry = await cli(['rollback', 'kitchen', '--dry-run', '--broker', broker]);
    expect(dry.stdout).toBe(`kitchen would go from ${two.slice(0, 10)} to ${commit.slice(0, 10)}\n`);
    const result = await cli(['rollback', 'kitchen', '--yes', '--json', '--broker', broker]);
    expect(result.code).toBe(0);
    expect(await json('rollback', result)).toMatchObject([
      { nodes: [{ name: 'kitchen', from: two, to: commit, returned: true, error: null }] },
    ]);
    const [status] = await json('status', await cli(['status', '--json', '--broker', broker]));
    expect(status?.['nodes']).toMatchObject([{ version: commit, state: 'reverted' }]);
  });

  it('ends with 1 where there is no version before, and says so', async () => {
    const { broker, commit } = await startFleetSite(['kitchen']);
    const { code, stdout } = await cli(['rollback', 'kitchen', '--yes', '--broker', broker]);
    expect(code).toBe(1);
    expect(stdout).toBe('kitchen: there is no previous version to return to\n');
    const [status] = await json('status', await cli(['status', '--json', '--broker', broker]));
    expect(status?.['nodes']).toMatchObject([{ version: commit }]);
  });

  it('asks before', async () => {
    const { broker } = await startFleetSite(['kitchen']);
    const { code, stderr } = await cli(['rollback', 'kitchen', '--broker', broker]);
    expect(code).toBe(2);
    expect(stderr).toContain('kitchen will leave the version that runs, and not take it again');
  });
});
