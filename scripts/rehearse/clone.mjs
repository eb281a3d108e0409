// A clone of the commit that is checked out, in which a release may commit, tag and change versions as it likes.
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Clones `root` to `clone` and lends it the installed dependencies. The workspace's own packages are the clone's, not
 * those of `root`, so links cannot simply lead to `node_modules` as a whole.
 */
export async function cloneWorkspace(root, clone, run) {
  await run('git', ['clone', '--quiet', root, clone]);
  await lend(join(root, 'node_modules'), join(clone, 'node_modules'));
  for (const parent of ['packages', 'apps']) {
    for (const name of await readdir(join(clone, parent))) {
      const own = join(parent, name, 'node_modules');
      if (existsSync(join(root, own))) await lend(join(root, own), join(clone, own));
    }
  }
  await mkdir(join(clone, 'node_modules/@ota'), { recursive: true });
  for (const path of [
    ...(await packageFolders(clone, 'packages')),
    ...(await packageFolders(clone, 'apps')),
  ]) {
    const name = path.split(/[\\/]/).at(-1);
    await symlink(path, join(clone, 'node_modules/@ota', name), 'junction');
  }
}

const packageFolders = async (clone, parent) =>
  (await readdir(join(clone, parent))).map((name) => join(clone, parent, name));

/** Fills `to` with links to the folders in `from`, all but those of the workspace's own scope and of tools' caches. */
async function lend(from, to) {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const wanted = entry.name !== '@ota' && (!entry.name.startsWith('.') || entry.name === '.bin');
    if (wanted && (entry.isDirectory() || entry.isSymbolicLink())) {
      await symlink(join(from, entry.name), join(to, entry.name), 'junction');
    }
  }
}
