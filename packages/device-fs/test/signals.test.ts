import { createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { plugIn } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MicroPythonDevice, openLink, runRepl } from '../src/index.ts';
import { connected, startNode } from './helpers/boards.ts';
import { localTree } from './helpers/trees.ts';

const reason = new Error('enough');
const signal = AbortSignal.abort(reason);
const hello = new URL('fixtures/hello.py', import.meta.url);

it('whatever a device is asked for ends with the reason of its signal, and changes nothing', async () => {
  const { device, node } = await connected({ files: { '/a.py': '1', '/d/b.py': '2' } });
  const { files } = device;
  const here = await localTree({ 'new.py': '1' });
  const before = node.flash.image();
  const calls: Record<string, () => Promise<unknown>> = {
    exec: () => device.exec('1', { signal }),
    eval: () => device.eval('1', { signal }),
    run: () => device.run(hello, { signal }),
    firmware: () => device.firmware({ signal }),
    'soft reset': () => device.reset('soft', { signal }),
    'hard reset': () => device.reset('hard', { signal }),
    syncTree: () => device.syncTree(here, '/', { signal, delete: true }),
    'syncTree, compiled': () => device.syncTree(here, '/', { signal, mpy: true }),
    pull: () => device.pull('/', here, { signal, delete: true }),
    mount: () => device.mount(here, { signal }),
    readFile: () => files.readFile('/a.py', { signal }),
    writeFile: () => files.writeFile('/x', 'x', { signal }),
    appendFile: () => files.appendFile('/a.py', 'x', { signal }),
    readdir: () => files.readdir('/', { signal }),
    stat: () => files.stat('/a.py', { signal }),
    exists: () => files.exists('/a.py', { signal }),
    mkdir: () => files.mkdir('/x', { signal }),
    rm: () => files.rm('/a.py', { signal }),
    rmdir: () => files.rmdir('/d', { signal }),
    rename: () => files.rename('/a.py', '/b.py', { signal }),
    copy: () => files.copy('/a.py', '/b.py', { signal }),
    statvfs: () => files.statvfs('/', { signal }),
    sha256: () => files.sha256('/a.py', { signal }),
    walk: () => files.walk('/', { signal }).next(),
  };
  for (const [name, call] of Object.entries(calls)) await expect(call(), name).rejects.toBe(reason);
  expect(node.flash.image()).toEqual(before);
  expect(node.boots).toBe(1);
  expect(await device.eval('1 + 1')).toBe(2);
});

describe('a link', () => {
  /** Takes connections and says nothing. */
  async function silence(): Promise<string> {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each(['socket://', 'rfc2217://', 'ws://', '/dev/ttyNOBODY'])(
    'to %s is not opened once its signal has spoken',
    async (start) => {
      const address = start.startsWith('/') ? start : `${start}${await silence()}`;
      await expect(openLink(address, { signal })).rejects.toBe(reason);
    },
  );

  it.each(['rfc2217://', 'ws://'])('to %s is given up while nobody answers', async (start) => {
    const controller = new AbortController();
    const opening = openLink(`${start}${await silence()}`, { signal: controller.signal });
    setImmediate(() => {
      controller.abort(reason);
    });
    await expect(opening).rejects.toBe(reason);
  });

  it('is closed when its signal speaks before the prompt is there', async () => {
    const node = await startNode();
    const cable = plugIn(node.console);
    await node.powerOff();
    const controller = new AbortController();
    const connecting = MicroPythonDevice.connect(cable, { signal: controller.signal });
    setImmediate(() => {
      controller.abort(reason);
    });
    await expect(connecting).rejects.toBe(reason);
    expect(cable.destroyed).toBe(true);
  });

  it('is not opened for a REPL session whose signal has spoken', async () => {
    const session = runRepl(`socket://${await silence()}`, {
      input: new PassThrough(),
      output: new PassThrough(),
      signal,
    });
    await expect(session).rejects.toBe(reason);
  });
});
