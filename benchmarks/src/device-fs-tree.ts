import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Flash } from '@ota/testbed';

/** Contents by path. */
export type Tree = Map<string, Buffer>;

const run = promisify(execFile);
const files = 40;
const directories = 5;
const totalBytes = 102_400;
const sizes = { least: 700, most: 6000 };

/** 100 kB of real Python: 40 files of the standard library of the Python that the peers run on. */
export async function pythonTree(): Promise<Tree> {
  const { stdout } = await run('python3', ['-c', "import sysconfig;print(sysconfig.get_path('stdlib'))"]);
  const found = await pythonFiles(stdout.trim());
  const tree: Tree = new Map();
  const step = found.length / files;
  let left = totalBytes;
  for (let i = 0; i < files; i++) {
    const source = found[Math.floor(i * step)] ?? Buffer.alloc(0);
    // Each gets its share of what is left, cut at the end of a line.
    const share = Math.min(source.length, Math.ceil((left / (files - i)) * 1.6));
    const content =
      i === files - 1 ? fill(source, left) : source.subarray(0, source.lastIndexOf('\n', share) + 1);
    tree.set(`part${i % directories}/module${i}.py`, content);
    left -= content.length;
  }
  return tree;
}

function fill(source: Buffer, bytes: number): Buffer {
  return Buffer.alloc(Math.max(0, bytes), source.subarray(0, bytes));
}

async function pythonFiles(root: string): Promise<Buffer[]> {
  const names = (await readdir(root, { recursive: true })).filter(
    (name) => name.endsWith('.py') && !/site-packages|dist-packages|test|encodings/.test(name),
  );
  const contents = await Promise.all(names.sort().map((name) => readFile(join(root, name))));
  return contents.filter(({ length }) => length >= sizes.least && length <= sizes.most);
}

/** Makes a directory hold just that. Files that have not changed keep their times: rshell goes by those. */
export async function writeTree(folder: string, tree: Tree): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder, { recursive: true })) {
    const isKept = [...tree.keys()].some((path) => path === name || path.startsWith(`${name}/`));
    if (!isKept) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const [path, content] of tree) {
    const file = join(folder, path);
    const before = await readFile(file).catch(() => undefined); // not there yet
    if (before?.equals(content)) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Every file is there as it is here; what else there is does not matter. */
export function isOnBoard(flash: Flash, root: string, tree: Tree): boolean {
  return [...tree].every(([path, content]) => {
    const name = `${root}/${path}`;
    return flash.exists(name) && flash.readFile(name).equals(content);
  });
}
