import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SyncedFile, SyncProgress } from '../../src/index.ts';
import { describeBoards, everyByte, withDevice } from '../helpers/specified-boards.ts';
import { localTree } from '../helpers/trees.ts';

const tree = { 'data.bin': everyByte, 'empty.txt': '', 'it is.txt': '#', 'main.py': 'print("main")\n' };
const names = Object.keys(tree);
const told = (files: readonly SyncedFile[]): string[] => files.map(({ path, action }) => `${action} ${path}`);
const unsupported = { code: 'DEVICE_UNSUPPORTED' };

describeBoards('a tree', (board, has) => {
  it('is sent, and then only what changed', () =>
    withDevice(board(), async (device) => {
      const here = await localTree(tree);
      const first = await device.syncTree(here, '/');
      expect(told(first.files)).toEqual(names.map((name) => `created ${name}`));
      for (const [name, content] of Object.entries(tree)) {
        expect((await device.files.readFile(`/${name}`)).equals(Buffer.from(content as string))).toBe(true);
      }
      expect(told((await device.syncTree(here, '/')).files)).toEqual(
        names.map((name) => `unchanged ${name}`),
      );
      await writeFile(join(here, 'main.py'), 'print("MAIN")\n');
      const { files, bytes } = await device.syncTree(here, '/');
      expect(told(files).filter((line) => !line.startsWith('unchanged'))).toEqual(['updated main.py']);
      expect(bytes).toBe(14);
      expect((await device.files.readFile('/main.py')).toString()).toBe('print("MAIN")\n');
    }));

  it('takes away what is not here, but for what is protected or excluded; a dry run only tells', () =>
    withDevice(board(), async (device) => {
      const { files } = device;
      for (const name of ['junk.py', 'nodesettings.py', 'my.log']) await files.writeFile(`/${name}`, '1');
      const here = await localTree({ '.otaignore': '*.md\n', 'a.py': '1', 'notes.md': '1', 'b.log': '1' });
      const options = { delete: true, protect: ['*settings.py'], exclude: ['*.log'] };
      const expected = ['created a.py', 'deleted junk.py', 'kept my.log', 'kept nodesettings.py'];
      const plan = await device.syncTree(here, '/', { ...options, dryRun: true });
      expect(told(plan.files)).toEqual(expected);
      expect((await files.readdir('/')).map(({ name }) => name)).toEqual([
        'junk.py',
        'my.log',
        'nodesettings.py',
      ]);
      expect(told((await device.syncTree(here, '/', options)).files)).toEqual(expected);
      expect((await files.readdir('/')).map(({ name }) => name)).toEqual([
        'a.py',
        'my.log',
        'nodesettings.py',
      ]);
    }));

  it('has directories, or is refused before anything is changed', () =>
    withDevice(board(), async (device) => {
      const deep = await localTree({ 'a.py': '1', 'lib/deep/b.py': '2' });
      const syncing = device.syncTree(deep, '/');
      if (has.directories) {
        await syncing;
        expect((await device.files.readFile('/lib/deep/b.py')).toString()).toBe('2');
      } else {
        await expect(syncing).rejects.toMatchObject(unsupported);
        expect(await device.files.readdir('/')).toEqual([]);
      }
    }));

  it('tells how far it is', () =>
    withDevice(board(), async (device) => {
      const seen: SyncProgress[] = [];
      const here = await localTree(tree);
      const { bytes } = await device.syncTree(here, '/', { onProgress: (progress) => seen.push(progress) });
      for (const { bytesDone, bytesLeft, filesDone, filesLeft } of seen) {
        expect([bytesDone + bytesLeft, filesDone + filesLeft]).toEqual([bytes, names.length]);
      }
      expect(seen.at(-1)).toMatchObject({ filesDone: names.length, filesLeft: 0, bytesDone: bytes });
    }));

  it('is compiled first, or that is refused', () =>
    withDevice(board(), async (device) => {
      const here = await localTree({ 'spec_word.py': 'WORD = "compiled"\n' });
      const syncing = device.syncTree(here, '/', { mpy: true });
      if (has.compiled) {
        expect(told((await syncing).files)).toEqual(['created spec_word.mpy']);
        expect(await device.eval("__import__('spec_word').WORD")).toBe('compiled');
      } else {
        await expect(syncing).rejects.toMatchObject({ code: 'DEVICE_MPY' });
      }
    }));

  it('is finished by the next call when the cable was pulled', async () => {
    const here = await localTree({ ...tree, 'last.bin': Buffer.concat([everyByte, everyByte]) });
    await withDevice(board(), async (device) => {
      const onProgress = (): void => void board().pull();
      await expect(device.syncTree(here, '/', { onProgress, memoryBytes: 3000 })).rejects.toMatchObject({
        code: 'LINK_LOST',
      });
    });
    await board().plugIn();
    await withDevice(board(), async (device) => {
      await device.syncTree(here, '/');
      const again = await device.syncTree(here, '/', { delete: true, dryRun: true });
      expect(new Set(again.files.map(({ action }) => action))).toEqual(new Set(['unchanged']));
    });
  });

  it('ends with the reason of its signal', () =>
    withDevice(board(), async (device) => {
      const reason = new Error('enough');
      const controller = new AbortController();
      const options = {
        signal: controller.signal,
        memoryBytes: 3000,
        onProgress: () => {
          controller.abort(reason);
        },
      };
      const here = await localTree({ 'a.bin': Buffer.concat([everyByte, everyByte]), 'b.bin': everyByte });
      await expect(device.syncTree(here, '/', options)).rejects.toBe(reason);
      await expect(device.pull('/', here, { signal: controller.signal })).rejects.toBe(reason);
      expect(await device.eval('1')).toBe(1);
    }));

  it('is pulled, and then only what changed', () =>
    withDevice(board(), async (device) => {
      for (const [name, content] of Object.entries(tree)) await device.files.writeFile(`/${name}`, content);
      const here = await localTree({ 'old.py': '1' });
      const { files } = await device.pull('/', here, { delete: true });
      expect(told(files)).toEqual([...names.map((name) => `created ${name}`), 'deleted old.py']);
      expect((await readdir(here)).sort()).toEqual(names);
      expect((await readFile(join(here, 'data.bin'))).equals(everyByte)).toBe(true);
      await device.files.writeFile('/main.py', 'print("MAIN")\n');
      const again = await device.pull('/', here);
      expect(told(again.files).filter((line) => !line.startsWith('unchanged'))).toEqual(['updated main.py']);
      const nowhere = device.pull('/none', here, { delete: true });
      await expect(nowhere).rejects.toMatchObject({ code: 'DEVICE_PATH' });
      expect((await readdir(here)).sort()).toEqual(names);
    }));

  it('is mounted and imported from, or that is refused', () =>
    withDevice(board(), async (device) => {
      const here = await localTree({
        'spec_here.py': 'import spec_there\n',
        'spec_there.py': 'WORD = "ü"\n',
      });
      const mounting = device.mount(here);
      if (!has.mount) {
        await expect(mounting).rejects.toMatchObject(unsupported);
        expect(await device.eval('1')).toBe(1);
        return;
      }
      const mount = await mounting;
      expect(await device.exec('import spec_here\nprint(spec_here.spec_there.WORD)')).toBe('ü\n');
      await mount.unmount();
      await expect(device.exec('import spec_nowhere')).rejects.toMatchObject({ exception: 'ImportError' });
      expect(await device.files.readdir('/')).toEqual([]);
    }));
});
