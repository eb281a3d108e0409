import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ask } from './ask.ts';
import { inFolder, password } from './fixture.ts';
import { GogsStandIn } from '../../src/gogs/gogs-stand-in.ts';

async function start(port?: number): Promise<GogsStandIn> {
  const gogs = await GogsStandIn.start(port === undefined ? {} : { port });
  onTestFinished(() => gogs.close());
  await gogs.createUser({ name: 'ann', password });
  await gogs.createRepository({ owner: 'ann', name: 'kit' });
  return gogs;
}

const healthOf = async (gogs: GogsStandIn): Promise<number> =>
  (await ask(gogs.baseUrl, '/healthcheck')).status;

describe('the stand-in', () => {
  it('is off and on again, on the same port and with the same repositories', async () => {
    const gogs = await start();
    await gogs.down();
    await expect(healthOf(gogs)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await gogs.commitFiles('ann', 'kit', { files: { a: 'a' } });
    await gogs.up();
    expect(await healthOf(gogs)).toBe(200);
    expect((await ask(gogs.baseUrl, '/api/v1/repos/ann/kit')).json()).toMatchObject({ empty: false });
  });

  it('cuts the connections that are open when it goes off', async () => {
    const gogs = await start();
    gogs.faults.next('/healthcheck', { kind: 'hang' });
    const hanging = healthOf(gogs);
    await vi.waitUntil(() => gogs.requests.length === 1);
    await Promise.all([expect(hanging).rejects.toMatchObject({ code: 'ECONNRESET' }), gogs.down()]);
  });

  it('listens where it is told to, or says that it cannot', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(GogsStandIn.start({ port })).rejects.toMatchObject({ code: 'GOGS_PORT' });
    other.close();
    await once(other, 'close');
    expect((await start(port)).baseUrl).toBe(`http://127.0.0.1:${port}`);
  });

  it('leaves nothing behind, even when closed twice and in the middle of an answer', async () => {
    await inFolder(join(tmpdir(), 'ota-left-'), async (folder) => {
      vi.stubEnv('TMPDIR', folder);
      onTestFinished(() => {
        vi.unstubAllEnvs();
      });
      const gogs = await start();
      const token = await gogs.createToken('ann', password, 'x');
      await gogs.commitFiles('ann', 'kit', { files: { a: 'a' } });
      expect((await ask(gogs.baseUrl, '/api/v1/repos/ann/kit/contents', { token })).status).toBe(200);
      expect(await readdir(folder)).toHaveLength(1);
      gogs.faults.always('/', { kind: 'endless' });
      const endless = healthOf(gogs);
      await vi.waitUntil(() => (gogs.requests.at(-1)?.bodyBytes ?? 0) > 10_000);
      await Promise.all([
        expect(endless).rejects.toMatchObject({ code: 'ECONNRESET' }),
        gogs.close(),
        gogs.close(),
      ]);
      expect(await readdir(folder)).toEqual([]);
      gogs.faults.clear();
      await expect(healthOf(gogs)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  });

  it('counts the bytes of every body and forgets requests when asked to', async () => {
    const gogs = await start();
    await healthOf(gogs);
    expect(gogs.requests).toEqual([{ method: 'GET', path: '/healthcheck', status: 200, bodyBytes: 26 }]);
    gogs.clearRequests();
    expect(gogs.requests).toEqual([]);
  });

  it('does not come up again after it was closed', async () => {
    const gogs = await start();
    await gogs.close();
    await gogs.up();
    await expect(healthOf(gogs)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
