import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { findTool, Flash, plugIn, servePty } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { MicroPythonDevice } from '../src/index.ts';
import { startNode } from './helpers/boards.ts';
import { localTree } from './helpers/trees.ts';

const run = promisify(execFile);
const deep = 'd0/d1/d2/d3/d4/d5/d6/d7/d8/d9';

/** 300 files: empty ones, all byte values, odd names, ten directories deep, and one of 1 MB. */
function bigTree(): Record<string, Buffer> {
  const files: Record<string, Buffer> = {
    'big.bin': randomBytes(1024 * 1024),
    'all.bin': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    "it's a name.txt": Buffer.from('1'),
    'a "quoted" one.txt': Buffer.from('2'),
    'zwölf ☃ 漢字.txt': Buffer.from('3'),
    [`${deep}/bottom.py`]: Buffer.from('x = 1\n'),
  };
  for (let i = Object.keys(files).length; i < 300; i++) {
    files[`many ${i % 7}/f${i}.py`] = i % 10 === 0 ? Buffer.alloc(0) : Buffer.from(`# ${i}\n`.repeat(i % 20));
  }
  return files;
}

/** Its way takes minutes for a megabyte: four thousand pieces of 256 bytes, with several pauses of 10 ms around each. */
const isFull = process.env['OTA_FULL'] === '1';
const mpremoteMs = isFull ? 900_000 : 150_000;
const testMs = mpremoteMs + 90_000;

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

describeWithTools(['mpremote', 'socat'], 'the real mpremote and we', () => {
  async function board() {
    const node = await startNode({ flash: Flash.memory({ sizeBytes: 8 * 1024 * 1024 }) });
    const terminal = await servePty(node.console);
    onTestFinished(() => terminal.close());
    const mpremote = async (...args: string[]): Promise<string> => {
      const program = findTool('mpremote') ?? 'mpremote';
      return (
        await run(program, ['connect', terminal.path, ...args], { timeout: mpremoteMs, maxBuffer: 1e8 })
      ).stdout;
    };
    const device = async (): Promise<MicroPythonDevice> => {
      const connected = await MicroPythonDevice.connect(plugIn(node.console));
      onTestFinished(() => connected.close());
      return connected;
    };
    return { node, mpremote, device };
  }

  it(
    'it reads what we wrote: 300 files, hash for hash',
    async () => {
      const { mpremote, device } = await board();
      const files = bigTree();
      const ours = await device();
      await ours.syncTree(await localTree(files), '/tree');
      await ours.close();
      const paths = Object.keys(files);
      const told = await mpremote('fs', 'sha256sum', ...paths.map((path) => `:/tree/${path}`));
      const hashes = [...told.matchAll(/^[0-9a-f]{64}$/gm)].map(([hash]) => hash);
      expect(hashes).toEqual(paths.map((path) => sha256(files[path] ?? Buffer.alloc(0))));
      // The odd ones byte by byte, to a file here.
      const target = await localTree();
      for (const path of ['all.bin', "it's a name.txt", 'zwölf ☃ 漢字.txt', `${deep}/bottom.py`]) {
        await mpremote('fs', 'cp', `:/tree/${path}`, `${target}/copy`);
        expect((await readFile(`${target}/copy`)).equals(files[path] ?? Buffer.alloc(0))).toBe(true);
      }
    },
    testMs,
  );

  it(
    'we read what it wrote',
    async () => {
      const { mpremote, device } = await board();
      const files = bigTree();
      if (!isFull) files['big.bin'] = randomBytes(20_000);
      const source = await localTree(files);
      await mpremote('fs', 'mkdir', ':/tree');
      await mpremote('fs', 'cp', '-r', `${source}/.`, ':/tree/');
      const ours = await device();
      const { files: compared } = await ours.syncTree(source, '/tree', { dryRun: true, delete: true });
      expect(compared.filter(({ action }) => action !== 'unchanged')).toEqual([]);
      expect(compared.length).toBe(300);
      const target = await localTree();
      await ours.pull('/tree', target);
      const back = await run('diff', ['-r', source, target]);
      expect(back.stdout).toBe('');
    },
    testMs,
  );
});
