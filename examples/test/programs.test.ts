import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EspRomLoader, GogsStandIn, serveOnTcp, VirtualNode } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bootloader } from './helpers/image.ts';
import { programPath, runProgram } from './helpers/run-program.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-examples-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('a program for one library', () => {
  it.each([
    ['report.mjs', '@ota/gogs-client'],
    ['backup.mjs', '@ota/device-fs'],
    ['flash-all.mjs', '@ota/flasher'],
  ])('%s imports only %s, and what Node has', async (program, library) => {
    const source = await readFile(programPath(program), 'utf8');
    const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, name = '']) => name);
    expect(imported.filter((name) => !name.startsWith('node:'))).toEqual([library]);
  });
});

describe('report.mjs', () => {
  it('says what was committed since the last release', async () => {
    const gogs = await GogsStandIn.start();
    onTestFinished(() => gogs.close());
    await gogs.createUser({ name: 'ann', password: 'secret' });
    await gogs.createRepository({ owner: 'ann', name: 'lamp', private: true });
    const token = await gogs.createToken('ann', 'secret', 'report');
    const commit = (message: string) =>
      gogs.commitFiles('ann', 'lamp', { message, files: { 'src/main.py': message } });
    const run = () => runProgram('report.mjs', [gogs.baseUrl, 'ann/lamp'], { GOGS_TOKEN: token });

    const first = await commit('First light');
    const before = await run();
    expect(before).toMatchObject({ exitCode: 0, stderr: '' });
    expect(before.lines).toEqual(['nothing is released yet', `${first.slice(0, 10)} First light`]);

    await gogs.createRelease('ann', 'lamp', { tag: 'v1', title: 'One' });
    const second = await commit('Dim at night');
    expect((await run()).lines).toEqual([
      `v1 is ${first.slice(0, 10)}`,
      `${second.slice(0, 10)} Dim at night`,
    ]);
  });
});

describe('backup.mjs', () => {
  it('brings everything but the secrets, and lets the board go on', async () => {
    const node = await VirtualNode.create({
      files: {
        '/main.py': 'print("it runs")\n',
        '/lib/data.bin': Uint8Array.from({ length: 3000 }, (_, index) => index & 0xff),
        '/wifisettings.py': 'settings = {}\n',
      },
    });
    onTestFinished(() => node.close());
    await node.powerOn();
    const tcp = await serveOnTcp(node.console);
    onTestFinished(() => tcp.close());
    const folder = await temporaryFolder();
    const { exitCode, lines, stderr } = await runProgram('backup.mjs', [
      `socket://${tcp.host}:${tcp.port}`,
      folder,
    ]);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(lines).toEqual([expect.stringMatching(/^MicroPython 1\.27\.0: \d files, \d+ bytes free$/)]);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(
      ['boot.py', 'lib', join('lib', 'data.bin'), 'main.py'].filter((name) => name !== 'boot.py'),
    );
    expect(await readFile(join(folder, 'lib', 'data.bin'))).toEqual(
      Buffer.from(node.flash.readFile('/lib/data.bin')),
    );
    await expect.poll(() => node.boots, { timeout: 10_000 }).toBe(2);
  });
});

describe('flash-all.mjs', () => {
  it('writes all boards at once, and one that fails keeps no other from it', async () => {
    const image = bootloader(6000);
    const file = join(await temporaryFolder(), 'firmware.bin');
    await writeFile(file, image);
    const boards = await Promise.all(
      [1, 2].map(async () => {
        const chip = new EspRomLoader({ powerUp: 'download' });
        const server = await serveOnTcp(chip);
        onTestFinished(async () => {
          await server.close();
          await chip.close();
        });
        return { chip, port: `socket://127.0.0.1:${server.port}`, close: () => server.close() };
      }),
    );
    const [one, two] = boards;
    const gone = await serveOnTcp(new EspRomLoader());
    await gone.close();
    const ports = [one?.port ?? '', `socket://127.0.0.1:${gone.port}`, two?.port ?? ''];
    const { exitCode, lines } = await runProgram('flash-all.mjs', [file, ...ports]);

    expect(exitCode).toBe(1);
    expect(lines[0]).toBe(`${file} is for the ESP32`);
    expect(lines[1]).toMatch(/ has it, \d+ bytes were written$/);
    expect(lines[2]).toMatch(new RegExp(`^${ports[1] ?? ''}: .+\\. .+`));
    expect(lines[3]).toMatch(/ has it, \d+ bytes were written$/);
  });
});
