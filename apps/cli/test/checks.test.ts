import { createServer, request, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceFiles } from '@ota/micropython-firmware';
import { CertificateAuthority, serveOnTcp, Site, type VirtualNode } from '@ota/testbed';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkVersion } from '../src/checks/board.ts';
import { startSimulatedBoard } from './helpers/bare-board.ts';
import { folderWith } from './helpers/folder.ts';
import { json } from './helpers/results.ts';

interface Checked {
  checks: { name: string; status: string; detail: string }[];
  files?: string[];
}

let site: Site;

beforeAll(async () => {
  site = await Site.start();
  await site.commit({ files: { 'src/main.py': 'def start(env): pass\n' } });
});

afterAll(() => site.close());

function named({ checks }: Checked, name: string): Checked['checks'][number] | undefined {
  return checks.find((check) => check.name === name);
}

async function powered(files: Record<string, string>): Promise<{ node: VirtualNode; address: string }> {
  const node = await site.addNode({ name: `node${site.nodes.length}`, files });
  await node.powerOn();
  const tcp = await serveOnTcp(node.console);
  onTestFinished(() => tcp.close());
  return { node, address: `socket://${tcp.host}:${tcp.port}` };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('the WiFi check of ota init', () => {
  const init = async (cwd: string, wifi: string, port: string): Promise<[number, Checked]> => {
    const broker = `mqtt://${site.broker.host}:${site.broker.port}`;
    const gogs = `${site.gogs.baseUrl}/${site.repository}`;
    const flags = ['--node', 'lamp', '--wifi', wifi, '--broker', broker, '--gogs', gogs, '--branch', 'main'];
    const { code, data } = await json(['init', ...flags, '--port', port], {
      cwd,
      env: { OTA_WIFI_PASSWORD: 'sesame', OTA_GOGS_TOKEN: site.token },
    });
    return [code, data[0] as Checked];
  };

  it('is ok where the board sees the network, and what ran on the board runs again', async () => {
    const { node, address } = await powered({ '/main.py': 'print("at work")\n' });
    const booted = node.waitForBoot({ timeoutMs: 30_000 });
    const [code, checked] = await init(await folderWith(), 'site', address);
    expect(code).toBe(0);
    expect(named(checked, 'WiFi')).toMatchObject({ status: 'ok' });
    expect(checked.files).toHaveLength(2);
    await booted;
  });

  it('fails, and nothing is written, where the board does not see it', async () => {
    const { address } = await powered({});
    const [code, checked] = await init(await folderWith(), 'elsewhere', address);
    expect(code).toBe(3);
    expect(named(checked, 'WiFi')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('site') as string,
    });
    expect(checked.files).toEqual([]);
  });

  it.each(['a port that is not there', 'a bare chip'])(
    'is skipped with the reason for %s: the others are made, the files written',
    { timeout: 60_000 },
    async (what) => {
      const cwd = await folderWith();
      const port = what === 'a bare chip' ? (await startSimulatedBoard()).address : '/dev/nowhere';
      const [code, checked] = await init(cwd, 'site', port);
      expect(code).toBe(0);
      const wifi = named(checked, 'WiFi');
      expect(wifi).toMatchObject({ status: 'skipped', detail: expect.stringContaining(port) as string });
      expect(named(checked, 'branch')).toMatchObject({ status: 'ok' });
      expect(await readFile(join(cwd, 'wifisettings.py'), 'utf8')).toContain('sesame');
    },
  );

  it('writes secrets into no file that is there already, however it came there', async () => {
    const cwd = await folderWith({ 'open.txt': 'mine', 'wifisettings.py.ota~': 'old' });
    await chmod(join(cwd, 'wifisettings.py.ota~'), 0o666);
    await symlink(join(cwd, 'open.txt'), join(cwd, 'nodesettings.py.ota~'));
    const [code] = await init(cwd, 'site', '/dev/nowhere');
    expect(code).toBe(0);
    expect(await readFile(join(cwd, 'open.txt'), 'utf8')).toBe('mine');
    for (const name of ['wifisettings.py', 'nodesettings.py']) {
      if (process.platform !== 'win32') expect((await stat(join(cwd, name))).mode & 0o777).toBe(0o600);
    }
  });
});

describe('ota doctor', () => {
  it('knows a Gogs whose authority is named, and says how to name it', async () => {
    const authority = await CertificateAuthority.create();
    const { key, cert } = await authority.issue({ names: ['127.0.0.1'] });
    const forward: RequestListener = (asked, answer) => {
      const { method, headers } = asked;
      const there = request(new URL(asked.url ?? '/', site.gogs.baseUrl), { method, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(answer);
      });
      asked.pipe(there);
    };
    const port = await listening(createTlsServer({ key, cert }, forward));
    const cwd = await folderWith({ 'ca.pem': authority.cert });
    const argv = ['doctor', '--services', '--gogs', `https://127.0.0.1:${port}/${site.repository}`];
    const env = { OTA_GOGS_TOKEN: site.token };
    const known = await json([...argv, '--gogs-ca-pem', 'ca.pem', '--branch', 'main'], { cwd, env });
    expect(known.code).toBe(0);
    const statuses = (known.data[0] as Checked).checks.map(({ name, status }) => `${name} ${status}`);
    expect(statuses).toEqual([
      'Gogs ok',
      'Gogs token ok',
      'repository ok',
      'branch ok',
      'clock ok',
      'broker skipped',
    ]);
    const unknown = await json(argv, { cwd, env });
    expect(unknown.code).toBe(4);
    const checked = unknown.data[0] as Checked;
    expect(named(checked, 'Gogs')?.detail).toMatch(/certificate.*--gogs-ca-pem/);
    expect(named(checked, 'clock')).toMatchObject({ status: 'ok' });
    const none = await json([...argv, '--gogs-ca-pem', 'none.pem'], { cwd, env });
    expect(named(none.data[0] as Checked, 'Gogs')?.detail).toMatch(/cannot read .*none\.pem.*--gogs-ca-pem/);
  });

  it('sees that the clocks are apart', async () => {
    const port = await listening(
      createServer((_, response) => {
        response.setHeader('date', new Date(Date.now() - 600_000).toUTCString());
        response.writeHead(401).end();
      }),
    );
    const argv = ['doctor', '--services', '--gogs', `http://127.0.0.1:${port}/ann/lamp`];
    const { code, data } = await json(argv, { env: { OTA_GOGS_TOKEN: site.token } });
    const clock = named(data[0] as Checked, 'clock');
    expect(clock).toMatchObject({ status: 'failed' });
    expect(clock?.detail).toMatch(/^(599|60\d) s apart from the Git server's: .*NTP/);
    expect(code).not.toBe(0);
  });

  it(
    'says so of a port that is forbidden, and of a chip without MicroPython',
    { timeout: 60_000 },
    async () => {
      const cwd = await folderWith({ port: '' });
      const port = join(cwd, 'port');
      await chmod(port, 0);
      // For root nothing is forbidden: for the time of the command it is somebody else.
      const isRoot = process.getuid?.() === 0;
      if (isRoot) process.seteuid?.(65_534);
      try {
        const { code, data } = await json(['doctor', '--port', port], { cwd });
        expect(code).toBe(3);
        expect(named(data[0] as Checked, 'port')).toMatchObject({ status: 'failed' });
        expect(named(data[0] as Checked, 'port')?.detail).toMatch(/may not be opened|permission/i);
      } finally {
        if (isRoot) process.seteuid?.(0);
      }
      const bare = await json(['doctor', '--port', (await startSimulatedBoard()).address]);
      expect(bare.code).toBe(3);
      expect(named(bare.data[0] as Checked, 'port')).toMatchObject({ status: 'ok' });
      expect(named(bare.data[0] as Checked, 'board')).toMatchObject({ status: 'failed' });
    },
  );

  it('starts again what ran on the board where a check of it cannot be made', async () => {
    const own = Object.fromEntries((await deviceFiles()).map(({ path, content }) => [path, String(content)]));
    const { node, address } = await powered({
      ...own,
      '/wifisettings.py/odd': 'x',
      '/main.py': 'print("at work")\n',
    });
    const booted = node.waitForBoot({ timeoutMs: 30_000 });
    const { code, data } = await json(['doctor', '--port', address]);
    await booted;
    expect(code).toBe(1);
    expect(named(data[0] as Checked, 'board')).toMatchObject({ status: 'ok' });
    expect(
      (data[0] as Checked).checks.filter(({ name, status }) => name === 'board' && status === 'failed'),
    ).toHaveLength(1);
  });

  it.each([
    ['1.19.1', 'failed', /older than 1\.20: write a newer one with "ota image"/],
    ['0.30.0', 'failed', /older than 1\.20/],
    ['1.20.0', 'ok', /^MicroPython 1\.20\.0$/],
    ['2.0.0', 'ok', /^MicroPython 2\.0\.0$/],
  ])('finds MicroPython %s %s', (version, status, detail) => {
    const check = checkVersion(version);
    expect(check.status).toBe(status);
    expect(check.detail).toMatch(detail);
  });
});
