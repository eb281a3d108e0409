import { createHash } from 'node:crypto';
import { DeviceError } from '../errors.ts';
import { contentNumber } from '../python/sealed.ts';
import type { LocalFile, LocalTree } from '../sync/local-tree.ts';
import { compileMpy, type Source } from './compile.ts';

/** MicroPython starts these by their names, in the root only. */
const startFiles = new Set(['boot.py', 'main.py']);

/**
 * The tree with modules compiled; boot.py and main.py stay as they are.
 *
 * @throws DeviceError DEVICE_MPY where a source does not compile, or would become a file that there is already.
 */
export async function compileTree(tree: LocalTree, signal?: AbortSignal): Promise<LocalTree> {
  const modules = tree.files.filter(({ path }) => isModule(path));
  const names = new Set(tree.files.map(({ path }) => path));
  const twice = modules.find(({ path }) => names.has(compiledName(path)));
  if (twice) {
    const message = `${twice.path} would be compiled to ${compiledName(twice.path)}, which is there too: remove or exclude one of them`;
    throw new DeviceError('DEVICE_MPY', message);
  }
  const codes = await compileMpy(await Promise.all(modules.map(sourceOf)), signal);
  const compiled = modules.map((file, index) => withContent(file, codes[index] ?? Buffer.alloc(0)));
  const files = [...tree.files.filter(({ path }) => !isModule(path)), ...compiled];
  return { ...tree, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** The sources of compiled files, by the names that they would have on the board. */
export function sourcesOf(tree: LocalTree): Set<string> {
  const compiledFiles = tree.files.filter(({ path }) => path.endsWith('.mpy'));
  return new Set(compiledFiles.map(({ path }) => path.replace(/\.mpy$/, '.py')));
}

function compiledName(path: string): string {
  return path.replace(/\.py$/, '.mpy');
}

function isModule(path: string): boolean {
  return path.endsWith('.py') && !startFiles.has(path);
}

async function sourceOf({ path, content }: LocalFile): Promise<Source> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content()) pieces.push(piece);
  return { path, text: Buffer.concat(pieces).toString('utf8') };
}

function withContent({ path }: LocalFile, content: Buffer): LocalFile {
  return {
    path: compiledName(path),
    size: content.length,
    digest: contentNumber(createHash('sha256').update(content).digest()),
    content: () => [content],
  };
}
