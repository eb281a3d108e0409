import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFiles, readSettings, siteSettings } from '@ota/micropython-firmware';
import { sampleFirmware, Site } from '@ota/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorSchema } from '../src/schemas/output-schema.ts';
import { startSimulatedBoard } from './helpers/bare-board.ts';
import { startBoard } from './helpers/boards.ts';
import { feedingApplication } from './helpers/feeding-application.ts';
import { folderWith } from './helpers/folder.ts';
import { json } from './helpers/results.ts';
import { cli } from './helpers/run-cli.ts';

let site: Site;
let version: string;

beforeAll(async () => {
  site = await Site.start();
  version = await site.commit({ files: { 'src/main.py': feedingApplication } });
});

afterAll(() => site.close());

/** A folder with the settings of a node called `old`, with a key of the application's own. */
async function prepared(): Promise<string> {
  const settings = siteSettings(site, 'old', { node: { resetJitter: 1, application: { room: 'attic' } } });
  const files = await nodeFiles(settings);
  return folderWith({
    'wifisettings.py': files['/wifisettings.py'] ?? '',
    'nodesettings.py': files['/nodesettings.py'] ?? '',
    'own.bin': sampleFirmware(),
  });
}

/** Nobody there: whoever talks to a board fails with 3 and not with 2. */
const nowhere = ['--port', '/dev/nowhere,/dev/neither'];

describe('several boards deployed at once', () => {
  it('become nodes of their own, named in the order of the ports', { timeout: 120_000 }, async () => {
    const cwd = await prepared();
    const boards = [];
    for (let count = 0; count < 2; count++) {
      boards.push(await startSimulatedBoard({ firmware: sampleFirmware(), node: { wifi: site.wifi } }));
    }
    const ports = boards.map(({ address }) => address);
    const argv = ['deploy', '--node', 'kitchen,cellar', '--port', ports.join(',')];
    const { code, data } = await json(argv, { cwd });
    expect(code).toBe(0);
    const told = (data as { port: string; report: { node: string; version: string } }[])
      .map(({ port, report }) => [port, report.node, report.version])
      .sort();
    expect(told).toEqual(
      [
        [ports[0], 'kitchen', version],
        [ports[1], 'cellar', version],
      ].sort(),
    );
    const onBoards = boards.map(({ board }) => readSettings(board.node.flash.readText('/nodesettings.py')));
    expect(onBoards).toMatchObject([
      { controllerName: 'kitchen', room: 'attic' },
      { controllerName: 'cellar', room: 'attic' },
    ]);
    // What is here stays as it is.
    expect(readSettings(await readFile(join(cwd, 'nodesettings.py'), 'utf8'))).toMatchObject({
      controllerName: 'old',
    });
  });

  it.each(['deploy', 'rsync'])(
    'are refused by "ota %s" with one name for all, before any is touched',
    async (name) => {
      const cwd = await prepared();
      const { code, stdout, stderr } = await cli([name, ...nowhere], { cwd });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(
        `ota ${name}: 2 boards would all be "old": name each with --node, in the order of the ports (/dev/nowhere, /dev/neither)\n`,
      );
    },
  );

  it.each([
    ['one', /2 boards would all be "one"/],
    ['one,two,three', /--node names 3 nodes for 2 boards/],
    ['one,one', /--node gives two boards one name/],
    ['one,', /--node gives two boards one name, or one none/],
  ])('are refused with --node %s', async (names, message) => {
    const { code, stderr } = await cli(['deploy', '--node', names, ...nowhere], { cwd: await prepared() });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('get the names of --node by "ota rsync" too, which wants settings to put them into', async () => {
    const cwd = await prepared();
    const boards = [await startBoard(), await startBoard()];
    const on = ['--port', boards.map(({ address }) => address).join(',')];
    const { code } = await json(['rsync', '--node', 'kitchen,cellar', ...on], { cwd });
    expect(code).toBe(0);
    const names = boards.map(
      ({ node }) => readSettings(node.flash.readText('/nodesettings.py'))['controllerName'],
    );
    expect(names).toEqual(['kitchen', 'cellar']);
    const empty = await folderWith({ 'dir/x.py': '' });
    const none = await cli(['rsync', '--node', 'a,b', ...nowhere], { cwd: empty });
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('--node goes into nodesettings.py, and there is none');
    expect((await cli(['rsync', 'dir', '--node', 'a,b', ...nowhere], { cwd: empty })).code).toBe(2);
    // Boards that keep their settings may be many.
    expect((await cli(['rsync', ...nowhere], { cwd: empty })).code).toBe(3);
  });
});

describe.each([
  ['image', ['--file', 'own.bin']],
  ['erase', []],
])('ota %s on two boards', (name, more) => {
  it(
    'goes on with one where the other fails, and says so in JSON by the schemas',
    { timeout: 60_000 },
    async () => {
      const cwd = await prepared();
      const { board, address } = await startSimulatedBoard(
        name === 'erase' ? { firmware: sampleFirmware() } : {},
      );
      const ports = `/dev/nowhere,${address}`;
      const { code, data, stderr } = await json([name, '--yes', ...more, '--port', ports], { cwd });
      expect(code).toBe(3);
      expect(data).toMatchObject([{ port: address, dryRun: false }]);
      const errors = stderr.split('\n').filter((line) => line.startsWith('{'));
      expect(errors.map((line) => errorSchema.parse(JSON.parse(line)))).toMatchObject([
        { port: '/dev/nowhere', error: { exitCode: 3 } },
      ]);
      expect(board.chip.flash.bytes[0x1000]).toBe(name === 'erase' ? 0xff : 0xe9);
    },
  );
});

describe('the JSON of several boards', () => {
  it.each([
    ['ls', []],
    ['df', []],
    ['mkdir', ['/new']],
    ['cp', ['own.bin', ':/own.bin']],
    ['sha256', ['/a.txt']],
    ['exec', ['print(1)']],
    ['reset', ['--dry-run']],
  ])('is by the schema of ota %s, with the port', async (name, more) => {
    const cwd = await prepared();
    const boards = [
      await startBoard({ files: { '/a.txt': 'a' } }),
      await startBoard({ files: { '/a.txt': 'a' } }),
    ];
    const ports = boards.map(({ address }) => address);
    const { code, data } = await json([name, ...more, '--port', ports.join(',')], { cwd });
    expect(code).toBe(0);
    expect((data as { port: string }[]).map(({ port }) => port).sort()).toEqual(ports.sort());
  });
});
