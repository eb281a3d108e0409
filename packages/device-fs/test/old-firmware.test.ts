import { randomBytes } from 'node:crypto';
import { plugIn, type ConsolePort, type LinkModel, type VirtualNode } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MicroPythonDevice } from '../src/index.ts';
import { esp32, startNode } from './helpers/boards.ts';
import { everyByte } from './helpers/specified-boards.ts';
import { localTree, treeOf } from './helpers/trees.ts';

const ctrlE = 0x05;
const tree = { 'lib/data.bin': everyByte, 'main.py': 'print("main")\n'.repeat(50), 'empty.txt': '' };
const contents = Object.fromEntries(
  Object.entries(tree)
    .map(([path, content]) => [path, Buffer.from(content as string)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

/** A console on the way to which bytes are changed; notes what the host sent. */
function behind(
  node: VirtualNode,
  change: (byte: number) => number | undefined,
): { port: ConsolePort; sent: () => Buffer } {
  const seen: Uint8Array[] = [];
  const port: ConsolePort = {
    onOutput: (listener) => node.console.onOutput(listener),
    receive: (bytes, capacity) => {
      seen.push(Uint8Array.from(bytes));
      const passed = [...bytes].map(change).filter((byte) => byte !== undefined);
      const taken = node.console.receive(Uint8Array.from(passed), capacity);
      return bytes.length - (passed.length - taken);
    },
  };
  return { port, sent: () => Buffer.concat(seen) };
}

async function connect(port: ConsolePort, link?: LinkModel): Promise<MicroPythonDevice> {
  const device = await MicroPythonDevice.connect(plugIn(port, link));
  onTestFinished(() => device.close());
  return device;
}

/** All of it works: code, a file, a tree, and back. */
async function works(device: MicroPythonDevice, node: VirtualNode): Promise<void> {
  expect(await device.exec(`print(len('${'x'.repeat(600)}'))`)).toBe('600\n');
  await expect(device.exec('1/0')).rejects.toMatchObject({ exception: 'ZeroDivisionError' });
  await device.syncTree(await localTree(tree), '/app');
  expect(treeOf(node, '/app')).toEqual(contents);
  const here = await localTree();
  const { files } = await device.pull('/app', here);
  expect(files.map(({ action }) => action)).toEqual(['created', 'created', 'created']);
  expect((await device.files.readFile('/app/lib/data.bin')).equals(everyByte)).toBe(true);
}

/** A firmware without some of the modules. */
const without = (...modules: string[]): Record<string, string> => ({
  '/boot.py': `import builtins
known = builtins.__import__
def find(name, *rest):
    if name in ${JSON.stringify(modules)}: raise ImportError("no module named '%s'" % name)
    return known(name, *rest)
builtins.__import__ = find
`,
});

describe('a firmware before raw paste (MicroPython 1.13 and older)', () => {
  // Its raw REPL takes Ctrl-E for a part of the line, and the Ctrl-A behind it for "once more from the start".
  const old = (byte: number): number | undefined => (byte === ctrlE ? undefined : byte);

  it.each([
    ['at once', undefined],
    ['through a UART', esp32],
  ])('gets code in plain raw mode, %s', async (_, link) => {
    const node = await startNode();
    const { port, sent } = behind(node, old);
    const device = await connect(port, link);
    await works(device, node);
    // It was asked once.
    expect(sent().filter((byte) => byte === ctrlE).length).toBe(1);
    const beyondAscii = sent().filter((byte) => byte > 0x7f);
    expect(beyondAscii.length).toBe(0);
  });
});

describe('a firmware without', () => {
  it.each([
    ['deflate (MicroPython 1.20 and older)', ['deflate']],
    ['binascii', ['binascii', 'ubinascii']],
    ['both', ['deflate', 'binascii', 'ubinascii']],
  ])('%s gets trees all the same', async (_, modules) => {
    const node = await startNode({ files: without(...modules) });
    const device = await connect(node.console);
    expect(await device.firmware()).toMatchObject({
      deflate: !modules.includes('deflate'),
      base64: !modules.includes('binascii'),
    });
    await works(device, node);
  });

  it('sys.stdout.buffer gives files all the same', async () => {
    const node = await startNode({ files: { '/boot.py': 'import sys\ndel sys.stdout.buffer\n' } });
    const device = await connect(node.console);
    expect((await device.firmware()).rawOutput).toBe(false);
    await works(device, node);
  });

  it('hashlib gets no trees, and says so before anything is changed', async () => {
    const node = await startNode({ files: without('hashlib', 'uhashlib') });
    const device = await connect(node.console);
    const before = node.flash.image();
    await expect(device.syncTree(await localTree(tree), '/app')).rejects.toMatchObject({
      code: 'DEVICE_UNSUPPORTED',
    });
    expect(node.flash.image()).toEqual(before);
    await device.files.writeFile('/all.bin', everyByte);
    expect((await device.files.readFile('/all.bin')).equals(everyByte)).toBe(true);
  });

  it('what loads our compiled files refuses them, before anything is changed', async () => {
    const node = await startNode({
      files: {
        '/boot.py': `import sys
class Old(tuple): _mpy = 5 | 10 << 10
sys.implementation = Old(sys.implementation)
`,
      },
    });
    const device = await connect(node.console);
    const before = node.flash.image();
    const syncing = device.syncTree(await localTree(tree), '/app', { mpy: true });
    await expect(syncing).rejects.toMatchObject({
      code: 'DEVICE_MPY',
      message: expect.stringMatching(/version 5 .*makes version 6: sync without mpy/) as string,
    });
    expect(node.flash.image()).toEqual(before);
  });

  it('much memory gets pieces of a size that fits', async () => {
    const free = 40_000;
    const node = await startNode({
      files: {
        '/boot.py': `import gc, sys
class Small:
    collect = gc.collect
    mem_free = lambda: ${free}
sys.modules['gc'] = Small
`,
      },
    });
    const device = await connect(node.console);
    expect((await device.firmware()).freeMemory).toBe(free);
    const steps: number[] = [];
    let before = 0;
    // Bytes that do not pack: what travels is what the heap has to hold.
    const here = await localTree({ 'big.bin': randomBytes(30_000) });
    await device.syncTree(here, '/app', {
      onProgress: ({ bytesDone }) => {
        steps.push(bytesDone - before);
        before = bytesDone;
      },
    });
    expect(Math.max(...steps)).toBe(free / 8);
  });
});

describe('a link that changes bytes in code', () => {
  it.each([
    ['makes NUL another byte, as the lexer of MicroPython 1.28 does', (byte: number) => byte || 1],
    ['has seven bits', (byte: number) => byte & 0x7f],
    ['makes one of the bytes beyond ASCII another', (byte: number) => (byte === 0xc3 ? 0xc2 : byte)],
  ])('and %s gets every byte right', async (_, change) => {
    const node = await startNode();
    const { port } = behind(node, change);
    const device = await connect(port);
    await works(device, node);
  });
});
