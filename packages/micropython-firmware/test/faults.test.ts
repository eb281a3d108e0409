import { describe, expect, it, onTestFinished } from 'vitest';
import { deviceModules, textsOf } from '../src/device-files.ts';
import { packModules } from '../src/pack/pack-python.ts';
import { kinds } from './faults/kinds.ts';
import { tryAll } from './faults/matrix.ts';
import { Rig } from './faults/rig.ts';
import { random } from './helpers/random.ts';

const { pick, seed } = random();

// Every place of every kind at every request is `npm run faults`. Here each kind meets some requests, each request some
// kinds, in one place each.
const stride = 4;
const bootStride = 7;

describe(`a fault of the network (OTA_SEED=${seed})`, () => {
  it('leaves the running version, is said, and is over with the next look', async () => {
    const rig = await Rig.start(2);
    onTestFinished(() => rig[Symbol.asyncDispose]());
    const cases = rig.requests.flatMap(({ name }, row) =>
      kinds
        .filter((_, column) => (row + column + seed) % stride === 0)
        .flatMap(
          (kind) => pick(rig.cases.filter((each) => each.request === name && each.kind === kind)) ?? [],
        ),
    );
    const booted = cases.filter((_, index) => index % bootStride === 0);
    const results = await tryAll(rig, [...cases, ...booted], { boots: (index) => index >= cases.length });
    expect(results.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect(new Set(cases.map(({ request }) => request)).size).toBe(rig.requests.length);
    expect(new Set(cases.map(({ kind }) => kind)).size).toBe(kinds.length);
    expect(results.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(cases.length / 2);
  }, 180_000);

  it('is found to do harm to a node that does not look whose list it got: the harness can find what is wrong', async () => {
    const modules = await deviceModules();
    const texts = textsOf(modules);
    expect(texts.get('gogs')).toContain('value != tree_id');
    texts.set('gogs', String(texts.get('gogs')).replace('value != tree_id', 'False'));
    const careless = packModules(texts);
    const rig = await Rig.start(1, (files) => {
      for (const [name, { path }] of modules) files[path] = Buffer.from(careless.get(name) ?? '');
    });
    onTestFinished(() => rig[Symbol.asyncDispose]());
    const cases = rig.cases.filter(
      ({ kind, request }) => kind.other === 'commit' && request === 'folder lib',
    );
    const [result] = await tryAll(rig, cases, { boots: () => false });
    expect(result?.failure).toMatch(/src does not hold what two is/);
  }, 60_000);
});
