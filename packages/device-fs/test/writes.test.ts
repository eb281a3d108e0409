import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FileOptions } from '../src/index.ts';
import { connected, esp32 } from './helpers/boards.ts';
import { localTree, treeOf } from './helpers/trees.ts';

describe('writes to one board at the same time', () => {
  it('do not get into each other: large files, a copy, an appendix and a tree in one directory', async () => {
    const { device, node } = await connected({ files: { '/c': 'to be copied', '/log': 'one\n' } });
    const { files } = device;
    const [a, b, tree] = [randomBytes(60_000), randomBytes(50_000), randomBytes(30_000)];
    const local = await localTree({ 'tree.bin': tree });
    await Promise.all([
      files.writeFile('/a', a),
      files.copy('/c', '/d'),
      files.writeFile('/b', b),
      files.appendFile('/log', 'two\n'),
      device.syncTree(local, '/'),
      files.appendFile('/log', 'three\n'),
      files.readFile('/c'),
    ]);
    const expected = {
      a,
      b,
      c: 'to be copied',
      d: 'to be copied',
      log: 'one\ntwo\nthree\n',
      'tree.bin': tree,
    };
    expect(treeOf(node, '/')).toEqual(
      Object.fromEntries(Object.entries(expected).map(([path, text]) => [path, Buffer.from(text as string)])),
    );
  });

  it('are not held up by one that failed, and may be given up while they wait', async () => {
    const { device, node } = await connected({}, esp32);
    const { files } = device;
    const [first, second] = [new AbortController(), new AbortController()];
    const [stopped, tired] = [new Error('stopped'), new Error('tired')];
    const one = files.writeFile('/a', randomBytes(60_000), { signal: first.signal });
    const two = files.writeFile('/b', 'b', { signal: second.signal });
    const three = files.writeFile('/c', 'c', { timeoutMs: 50 });
    const four = files.writeFile('/d', 'd');
    second.abort(tired);
    await expect(two).rejects.toBe(tired);
    await expect(three).rejects.toMatchObject({ code: 'REPL_TIMEOUT' });
    first.abort(stopped);
    await expect(one).rejects.toBe(stopped);
    await four;
    expect(Object.keys(treeOf(node, '/')).filter((path) => path !== '.ota~')).toEqual(['d']);
  });
});

it('sends more at once where it packs well: the heap has to hold what is packed', async () => {
  const { device, node, cable } = await connected({}, esp32);
  const lines = Array.from({ length: 4000 }, (_, i) => `print("line ${i} of many")`).join('\n');
  let steps = 0;
  const onProgress = (): void => {
    steps += 1;
  };
  await device.syncTree(await localTree({ 'a.py': lines }), '/', { memoryBytes: 110_000, onProgress });
  expect(node.flash.readText('/a.py')).toBe(lines);
  expect(lines.length).toBeGreaterThan(100_000);
  expect(steps).toBeLessThanOrEqual(4); // bundles, and the whole file; eighths of the heap would be nine
  expect(cable.stats.lostBytes).toBe(0);
});

/** Has no room for more than 3000 bytes at once, whatever its heap says. */
const littleRoom = `import sys
import io as firmware
class Little:
 @staticmethod
 def BytesIO(p):
  if len(p)>3000:raise MemoryError
  return firmware.BytesIO(p)
sys.modules['io']=Little`;

it('sends less at once where the heap is in pieces: free bytes are no promise', async () => {
  const { device, node } = await connected();
  await device.exec(littleRoom);
  const tree = { 'a.py': 'a = 1', 'b.bin': randomBytes(40_000), 'c.bin': randomBytes(2000), 'd.py': 'd = 1' };
  await device.syncTree(await localTree(tree), '/');
  for (const [path, content] of Object.entries(tree))
    expect(Buffer.from(node.flash.readFile(`/${path}`)).equals(Buffer.from(content as string))).toBe(true);
  expect(node.flash.exists('/.ota~')).toBe(false);
});

/** In place of the firmware's own: what is read from files has another hash each time, as on a flash that is worn out. */
const wornFlash = `import sys
import hashlib as firmware
class Worn:
 reads=0
 class sha256:
  def __init__(s,*a):s.h=firmware.sha256(*a)
  def update(s,b):
   if isinstance(b,memoryview):
    Worn.reads+=1
    s.h.update(bytes([Worn.reads]))
   s.h.update(b)
  def digest(s):return s.h.digest()
sys.modules['hashlib']=Worn`;

it('says so where the flash gives back other bytes, of a copy as of a file that is sent', async () => {
  const { device, node } = await connected({ files: { '/a': 'content', '/b': 'old' } });
  await device.exec(wornFlash);
  const expected = { code: 'DEVICE_VERIFY', message: expect.stringMatching(/'\/b': the old/) as string };
  await expect(device.files.copy('/a', '/b')).rejects.toMatchObject(expected);
  await expect(device.files.writeFile('/b', 'new')).rejects.toMatchObject(expected);
  expect(node.flash.readText('/b')).toBe('old');
  expect(node.flash.exists('/.ota~')).toBe(false);
});

/** In place of the firmware's own, and slow: 64 kB take a third of a second. */
const slowHash = `import sys, time
import hashlib as firmware
class Slow:
 class sha256:
  def __init__(s,*a):s.h=firmware.sha256(*a)
  def update(s,b):
   if len(b)==1024:time.sleep_ms(5)
   s.h.update(b)
  def digest(s):return s.h.digest()
sys.modules['hashlib']=Slow`;

it('waits for a board that hashes a large file for longer than it may be silent', async () => {
  const content = randomBytes(250_000);
  const { device, node } = await connected({ files: { '/app/a.bin': content } });
  await device.exec(slowHash);
  const idle = { idleMs: 900 };
  const local = await localTree({ 'a.bin': content });
  const started = performance.now();
  const { files: same } = await device.syncTree(local, '/app', idle);
  expect(performance.now() - started).toBeGreaterThan(idle.idleMs); // the hash was the slow one
  expect(same).toMatchObject([{ action: 'unchanged' }]);
  expect(await device.pull('/app', local, idle)).toMatchObject({ bytes: 0 });
  // The limit of the calls for one file is 20 s, and no option.
  const short = idle as FileOptions;
  await device.files.sha256('/app/a.bin', short);
  await device.files.copy('/app/a.bin', '/app/b.bin', short);
  expect(node.flash.readFile('/app/b.bin').equals(content)).toBe(true);
});
