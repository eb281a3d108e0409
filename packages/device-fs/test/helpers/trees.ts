import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { VirtualNode } from '@ota/testbed';
import { onTestFinished } from 'vitest';

/** A new directory here that is gone after the test. A path that ends with `/` is an empty directory. */
export async function localTree(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'ota-tree-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    if (path.endsWith('/')) {
      await mkdir(full, { recursive: true });
      continue;
    }
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, content);
  }
  return root;
}

/** What a node's flash holds below a directory, by path from there. */
export function treeOf(node: VirtualNode, root: string): Record<string, Buffer> {
  const prefix = root === '/' ? '/' : `${root}/`;
  const files = [...node.flash.image().files].filter(([path]) => path.startsWith(prefix));
  files.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    files.map(([path, content]) => [path.slice(prefix.length), Buffer.from(content)]),
  );
}
