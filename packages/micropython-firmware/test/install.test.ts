import { describe, expect, it } from 'vitest';
import { Flash, VirtualNode, type PowerCut } from '@ota/testbed';
import { filesIn, versionOf } from './helpers/installed.ts';
import { onNode } from './helpers/on-node.ts';
import { packageFiles } from './helpers/start-site.ts';
import { supported } from './helpers/supported.ts';

const commitId = (digit: string): string => digit.repeat(40);
const oldest = { version: commitId('0'), files: { 'main.py': 'oldest\n', 'gone/a.py': 'a\n' } };
const old = { version: commitId('1'), files: { 'main.py': 'old\n', 'lib/a.py': 'a\n', 'lib/b.py': 'b\n' } };
const fresh = { version: commitId('2'), files: { 'main.py': 'new\n', 'lib/a.py': 'a\n', 'new/c.py': 'c\n' } };

type Version = typeof old | typeof fresh | typeof oldest;

function put(
  flash: Flash,
  folder: string,
  { version, files }: { version: string | undefined; files: object },
): void {
  for (const [path, content] of Object.entries(files))
    flash.writeFile(`${folder}/${path}`, content as string);
  if (version !== undefined) flash.writeFile(`${folder}/.version`, version);
}

function holds(flash: Flash, folder: string, { version, files }: Version): void {
  expect(versionOf(flash, folder)).toBe(version);
  expect(filesIn(flash, folder)).toEqual(files);
}

/** A journal with nothing on trial. */
const confirmed = { good: null, trial: null, left: 0, boots: 3, bad: [], error: null, reverted: null };

/** Uses up every block. */
function fill(flash: Flash): void {
  for (let n = 0; flash.statvfs().freeBlocks > 0; n++) {
    try {
      flash.writeFile(`/fill/${n}`, Buffer.alloc(4096 * Math.max(1, flash.statvfs().freeBlocks >> 1)));
    } catch {
      return; // what is left is too little for another file
    }
  }
}

/** Nothing but the recovery of a boot, on what the flash holds. There is no network. */
async function recover(micropython: string, flash: Flash, cut?: PowerCut, full = false): Promise<void> {
  for (const [path, content] of Object.entries(await packageFiles())) flash.writeFile(path, content);
  flash.writeFile(
    '/main.py',
    onNode('from ota import install, trial\nprint("did", install.recover(trial.Journal()), "end")'),
  );
  if (full) fill(flash);
  const node = await VirtualNode.create({ micropython, flash });
  try {
    const over = new Promise<void>((resolve) => {
      node.once('powerOff', resolve);
    });
    const done = node.waitForOutput(/did .* end/);
    done.catch(() => undefined); // where the power is cut it never comes
    if (cut) {
      node.once('boot', () => {
        flash.cutPower(cut);
      });
    }
    await node.powerOn();
    await (cut ? over : done);
  } finally {
    await node.close();
  }
}

describe.each(supported)('the recovery at boot on MicroPython %s', (micropython) => {
  it('leaves a version that runs alone', async () => {
    const flash = Flash.memory();
    put(flash, '/src', old);
    put(flash, '/prev', oldest);
    await recover(micropython, flash);
    holds(flash, '/src', old);
    holds(flash, '/prev', oldest);
  });

  it('does not take what is staged for a version before its version file says so', async () => {
    const flash = Flash.memory();
    put(flash, '/src', old);
    put(flash, '/next', { ...fresh, version: undefined });
    await recover(micropython, flash);
    holds(flash, '/src', old);

    flash.writeFile('/next/.version', fresh.version.slice(0, 20));
    await recover(micropython, flash);
    holds(flash, '/src', old);
  });

  it('goes on with a version that is staged as a whole', async () => {
    const flash = Flash.memory();
    put(flash, '/src', old);
    put(flash, '/prev', oldest);
    put(flash, '/next', fresh);
    await recover(micropython, flash);
    holds(flash, '/src', fresh);
    holds(flash, '/prev', old);
    expect(flash.exists('/next')).toBe(false);
  });

  it('goes on between the two renames', async () => {
    const flash = Flash.memory();
    put(flash, '/prev', old);
    put(flash, '/next', fresh);
    await recover(micropython, flash);
    holds(flash, '/src', fresh);
    holds(flash, '/prev', old);
  });

  it('returns to the version before when there is no other', async () => {
    const flash = Flash.memory();
    put(flash, '/prev', old);
    put(flash, '/next', { ...fresh, version: undefined });
    await recover(micropython, flash);
    holds(flash, '/src', old);
  });

  it('leaves an application alone that came over the cable, without a version file', async () => {
    const flash = Flash.memory();
    put(flash, '/src', { ...old, version: undefined });
    put(flash, '/prev', oldest);
    await recover(micropython, flash);
    expect(filesIn(flash, '/src')).toEqual(old.files);
  });

  it('puts the same version in the place of a damaged one, and keeps the one before', async () => {
    const flash = Flash.memory();
    put(flash, '/src', { version: old.version, files: { 'main.py': 'damaged' } });
    put(flash, '/prev', oldest);
    put(flash, '/next', old);
    const journal = JSON.stringify({ ...confirmed, good: old.version });
    flash.writeFile('/ota.json', journal);
    await recover(micropython, flash);
    holds(flash, '/src', old);
    holds(flash, '/prev', oldest);
    expect(flash.readText('/ota.json')).toBe(journal);

    // The same where the power goes when the damaged one is out of the way.
    put(flash, '/next', old);
    flash.removeTree('/src');
    await recover(micropython, flash);
    holds(flash, '/src', old);
    expect(flash.readText('/ota.json')).toBe(journal);
  });

  it('removes folders however deep and long they are', async () => {
    const flash = Flash.memory();
    put(flash, '/src', old);
    flash.writeFile(`/old/${'deep/'.repeat(30)}file`, '');
    for (let n = 0; n < 100; n++) flash.writeFile(`/old/long/${n}`, '');
    await recover(micropython, flash);
    expect(flash.exists('/old')).toBe(false);
    holds(flash, '/src', old);
  });

  it('returns from a failed trial though the flash is full, and remembers it', async () => {
    const flash = Flash.memory();
    put(flash, '/src', fresh);
    put(flash, '/prev', old);
    const journal = { ...confirmed, good: old.version, trial: fresh.version, left: 0 };
    flash.writeFile('/ota.json', JSON.stringify(journal));
    await recover(micropython, flash, undefined, true);
    holds(flash, '/src', old);
    expect(JSON.parse(flash.readText('/ota.json'))).toMatchObject({ trial: null, bad: [fresh.version] });
  });

  it('comes to the same end wherever the power goes while it works', async () => {
    const whole = Flash.memory();
    put(whole, '/src', old);
    put(whole, '/prev', oldest);
    put(whole, '/next', fresh);
    const image = whole.image();
    await recover(micropython, whole);
    const { length } = whole.operations;
    expect(length).toBeGreaterThan(5);
    for (let atOperation = 1; atOperation <= length; atOperation++) {
      const flash = Flash.memory();
      flash.restore(image);
      await recover(micropython, flash, { atOperation, phase: 'before' });
      await recover(micropython, flash);
      holds(flash, '/src', fresh);
      holds(flash, '/prev', old);
    }
  });
});
