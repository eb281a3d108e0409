import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Flash, measureHeap, Site, type HeapUse, type VirtualNode } from '@ota/testbed';
import { generateReleaseKey } from '../src/index.ts';
import { onNode } from './helpers/on-node.ts';
import { signed } from './helpers/signed.ts';
import { filesFor, type NodeAtSiteOptions } from './helpers/start-site.ts';

const kB = 1000;
const seed = onNode(await readFile(new URL('./helpers/seed-memory.py', import.meta.url), 'utf8'));

/** A node at a site whose branch has these files, in the network and at the prompt. */
async function nodeFor(
  files: Readonly<Record<string, string | Buffer>>,
  settings: NodeAtSiteOptions['settings'] = {},
): Promise<{ site: Site; node: VirtualNode }> {
  const site = await Site.start({ repository: 'lamp' });
  onTestFinished(() => site.close());
  await site.commit({ files });
  const flash = Flash.memory({ sizeBytes: 8 * 1024 * 1024 });
  const node = await site.addNode({
    name: 'lamp',
    flash,
    files: { ...(await filesFor(site, { settings })), '/seed.py': seed },
  });
  flash.removeTree('/main.py');
  await node.powerOn();
  return { site, node };
}

const before = onNode(`
import seed
from ota import rtc, settings, trial, updater, wifi
class Silent:
    def __call__(self, *args): pass
    warning = __call__
values, _ = settings.node()
remote, token = values["gogsRemote"], values["gogsToken"]
wifi.connect(settings.wifi(), "lamp")
`);
const update = {
  before,
  program: `steps = ${onNode('updater.Updater(values, Silent(), trial.Journal(), rtc.Memory()).steps()')}`,
};
const seedsWay = { before, program: `steps = ${onNode('seed.steps(remote, token, "src", "/next")')}` };

function files(sizes: readonly number[]): Record<string, Buffer> {
  return Object.fromEntries(
    sizes.map((size, index): [string, Buffer] => [
      `src/folder${index % 20}/file${index}.bin`,
      Buffer.alloc(size, `${index} `),
    ]),
  );
}

const few = files(Array.from({ length: 10 }, () => kB));
const many = files(Array.from({ length: 400 }, (_, index) => (index % 133 === 0 ? 200 * kB : 100 + index)));

describe('the memory of an update', () => {
  it('does not grow with the number or the size of files', async () => {
    const small = await measureHeap((await nodeFor(few)).node, update);
    const { site, node } = await nodeFor(many);
    const large = await measureHeap(node, update);
    expect(node.flash.exists('/src/.version')).toBe(true);
    const commit = await site.commit({ files: { 'src/folder3/file3.bin': 'changed' } });
    const again: HeapUse = await measureHeap(node, update);
    expect(node.flash.readText('/src/.version')).toBe(commit);

    for (const { peak, kept } of [small, large, again]) {
      expect(peak).toBeLessThan(48 * kB);
      expect(kept).toBeLessThan(8 * kB);
    }
    expect(large.peak - small.peak).toBeLessThan(8 * kB);
    expect(large.kept - small.kept).toBeLessThan(kB);
  }, 180_000);

  it('is hardly more with a signature, of the longest key and many files', async () => {
    const key = await generateReleaseKey({ bits: 4096 });
    const { node } = await nodeFor(signed(many, key, 1), { gogsKey: key.gogsKey });
    const { peak, kept } = await measureHeap(node, update);
    expect(node.flash.exists('/src/.signature')).toBe(true);
    expect(peak).toBeLessThan(48 * kB);
    expect(kept).toBeLessThan(8 * kB);
  }, 180_000);

  it('does so in the way of the seed, which reads whole folders', async () => {
    const small = await measureHeap((await nodeFor(few)).node, seedsWay);
    const large = await measureHeap((await nodeFor(many)).node, seedsWay);
    expect(large.peak - small.peak).toBeGreaterThan(200 * kB);
  }, 180_000);
});
