import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { nodeCells, type NodeRow } from '../src/fleet/node-row.ts';
import { table } from '../src/framework/output/table.ts';
import { registry } from '../src/registry.ts';
import { startFleetSite } from './helpers/fleet-site.ts';
import { json } from './helpers/results.ts';
import { cli, type CliOptions, type CliResult } from './helpers/run-cli.ts';
import { screenOf } from './helpers/screen-of.ts';

/** Clears the screen, colours, names the window, rings, and goes back to overwrite the line. */
const evil = 'a\u001b[2J\u001b[31m\u001b]0;mine\u0007\u009b1A\rb';
const harmless = 'a [2J [31m ]0;mine  1A b';

const row: NodeRow = {
  ...{ name: evil, online: false, version: evil, previous: null, state: evil, ref: null, target: null },
  ...{ error: evil, boots: 1, heap: null, firmware: null, since: evil, lastSeen: null },
};

async function printed(name: string, result: object): Promise<string> {
  const { command } = (await registry.find((entry) => entry.name === name)?.load()) ?? {};
  const lines: string[] = [];
  const view = {
    style: (_: string, text: string) => text,
    line: (text: string) => lines.push(text),
    table: (columns: string[], rows: string[][]) => lines.push(...table(columns, rows)),
  };
  command?.print(result, view as never, { say: () => undefined } as never);
  return lines.join('\n');
}

describe('what a node says of itself', () => {
  it('cannot write anywhere else on the terminal', async () => {
    const style = (_: string, text: string): string => text;
    const cells = nodeCells(row, style);
    expect([cells[0], cells[4], cells[5], cells[7]]).toEqual(Array(4).fill(harmless));
    const texts = [
      await printed('status', { nodes: [row] }),
      await printed('trigger', {
        ...{ dryRun: false, method: 'command', command: null },
        nodes: [
          { name: evil, looked: true, from: evil, version: evil, state: evil, error: evil, reached: null },
        ],
      }),
      await printed('rollback', {
        dryRun: false,
        nodes: [{ name: evil, from: evil, to: evil, returned: false, error: evil }],
      }),
      await printed('deploy', {
        ...{ flashed: null, synced: null, dryRun: false },
        report: { node: evil, version: evil, state: evil, seenBy: 'mqtt', error: evil },
      }),
    ];
    for (const text of texts) {
      expect(text).toContain('[2J');
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
    expect(table(['', ''], [['\u001b[32mour own\u001b[0m', evil]])[0]).toBe(
      `\u001b[32mour own\u001b[0m  ${harmless.replace(' [31m', '\u001b[31m')}`,
    );
  });

  it('comes to status with its time: now, or not known of one that was gone before', async () => {
    const { nodes, broker } = await startFleetSite(['kitchen', 'cellar']);
    await nodes[1]?.powerOff();
    const status = (): Promise<CliResult> => cli(['status', '--broker', broker]);
    await expect.poll(async () => (await status()).stdout).toMatch(/^cellar +offline +- +/m);
    expect((await status()).stdout).toMatch(/^NODE +LAST SEEN +VERSION[^]*^kitchen +online +now +/m);
    const { data } = await json(['status', '--broker', broker]);
    expect(data).toMatchObject([{ nodes: [{ name: 'cellar', lastSeen: null }, { name: 'kitchen' }] }]);
  });
});

/** Runs `ota watch` until what it printed is enough. */
async function watchUntil(
  broker: string,
  isEnough: (all: { stdout: string; stderr: string; text: string }) => boolean,
  options: CliOptions = {},
): Promise<{ stdout: string; text: string }> {
  const controller = new AbortController();
  let text = '';
  const { stdout } = await cli(['watch', '--broker', broker], {
    ...options,
    signal: controller.signal,
    onText: (more) => (text += more),
    onWrite: (all) => {
      if (isEnough({ ...all, text })) controller.abort(new Error('enough'));
    },
  });
  return { stdout, text };
}

describe('the table of ota watch', () => {
  it('stands below what is said of the broker, whole and once', async () => {
    const { site, broker } = await startFleetSite(['kitchen', 'cellar']);
    let isRestarted = false;
    let saidAt = 0;
    const { text } = await watchUntil(
      broker,
      ({ stdout, stderr, text: all }) => {
        if (!isRestarted && screenOf(all).length === 3) {
          isRestarted = true;
          void site.broker.restart({ downMs: 100 });
        }
        if (stderr.includes('there again') && saidAt === 0) saidAt = stdout.length;
        return saidAt > 0 && stdout.length > saidAt + 200 && stdout.endsWith('\n');
      },
      { isTerminal: true, env: { NO_COLOR: '1' } },
    );
    const screen = screenOf(text).map((line) => line.trim().split(/\s+/)[0]);
    expect(screen.slice(0, 3)).toEqual(['The', 'The', 'NODE']);
    expect(screen.slice(3).sort()).toEqual(['cellar', 'kitchen']);
  });

  it('lets go of a node whose state was taken off the broker', async () => {
    const { site, nodes, broker } = await startFleetSite(['kitchen', 'cellar']);
    await nodes[1]?.powerOff();
    const client = await connectAsync(`mqtt://${site.broker.host}:${site.broker.port}`);
    let isForgotten = false;
    const forget = (isReady: boolean): void => {
      if (isForgotten || !isReady) return;
      isForgotten = true;
      client.publish('cellar/ota/state', '', { retain: true, qos: 1 });
    };
    const onScreen = await watchUntil(
      broker,
      ({ text }) => {
        const screen = screenOf(text).join('\n');
        forget(/cellar/.test(screen) && /kitchen/.test(screen));
        return isForgotten && !/cellar/.test(screen);
      },
      { isTerminal: true },
    );
    expect(screenOf(onScreen.text)).toHaveLength(2);
    await client.publishAsync('attic/ota/state', '{"node":"attic","online":false}', { retain: true, qos: 1 });
    const seen: unknown[] = [];
    const controller = new AbortController();
    const { data } = await json(['watch', 'attic', '--broker', broker], {
      signal: controller.signal,
      onWrite: ({ stdout }) => {
        if (seen.push(stdout) === 1) client.publish('attic/ota/state', '', { retain: true, qos: 1 });
        else controller.abort(new Error('enough'));
      },
    });
    await client.endAsync();
    expect(data).toMatchObject([
      { name: 'attic', forgotten: false, lastSeen: null },
      { name: 'attic', online: false, forgotten: true },
    ]);
  });

  it('is lines on a terminal that knows no codes, and so are bars', async () => {
    const { broker } = await startFleetSite(['kitchen']);
    const argv = ['watch', '--for', '0.2', '--broker', broker];
    const { stdout } = await cli(argv, { isTerminal: true, env: { TERM: 'dumb' } });
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}kitchen {2}online {2}now .*\n$/);
    expect(stdout).not.toContain('\u001b');
  });
});
