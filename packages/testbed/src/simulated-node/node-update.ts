import { createHash } from 'node:crypto';
import { NoAnswerError, quote, RefusedError, type NodeHttp } from './node-http.ts';
import type { InstalledVersion, TreeLine } from './simulated-node-types.ts';

interface TreeEntry {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly sha: string;
}

/** Asks where a branch ends: all that a node asks when nothing changed. */
export async function endOfBranch(http: NodeHttp, branch: string): Promise<string> {
  const commit = (await http.get(`/commits/refs/heads/${quote(branch)}`)).toString().trim();
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new NoAnswerError('the answer is not a commit id');
  return commit;
}

/** The committer's date, which a node asks for before it lists a commit. */
export async function dateOf(http: NodeHttp, commit: string): Promise<string> {
  const { commit: inner } = JSON.parse((await http.get(`/commits/${commit}`)).toString()) as {
    commit: { committer: { date: string } };
  };
  return inner.committer.date;
}

/** Lists `src` at a commit, folder by folder; a folder that is as it was in `installed` is not asked for. */
export async function listFiles(
  http: NodeHttp,
  commit: string,
  installed: InstalledVersion | undefined,
): Promise<TreeLine[]> {
  const root = (await tree(http, commit)).find(({ path, type }) => path === 'src' && type === 'tree');
  if (!root) throw new RefusedError(`commit ${commit} has no folder src/`);
  const lines: TreeLine[] = [{ kind: 'd', size: 0, id: root.sha, path: '' }];
  // What is listed while this goes on is looked at as well.
  for (const { kind, id, path: folder } of lines) {
    if (kind !== 'd') continue;
    const known = inside(installed, folder);
    if (treeId(known, folder) === id) {
      lines.push(...known);
      continue;
    }
    for (const entry of await tree(http, id)) lines.push(line(entry, folder));
  }
  return lines;
}

/** Fetches what differs from the installed version, and checks each file by its Git id. */
export async function fetchFiles(
  http: NodeHttp,
  commit: string,
  lines: readonly TreeLine[],
  installed: InstalledVersion | undefined,
  { retry, log }: { retry: (work: () => Promise<void>) => Promise<void>; log: (text: string) => void },
): Promise<void> {
  const have = new Map(installed?.lines.map(({ path, id }) => [path, id]));
  for (const { kind, size, id, path } of lines) {
    if (kind !== 'f' || have.get(path) === id) continue;
    await retry(async () => {
      log(`fetching src/${path}`);
      const content = await http.get(`/raw/${commit}/${quote(`src/${path}`)}`);
      if (content.length !== size || gitId('blob', content) !== id) {
        throw new NoAnswerError(`src/${path} has the wrong hash`);
      }
    });
  }
}

async function tree(http: NodeHttp, id: string): Promise<TreeEntry[]> {
  const { tree: entries } = JSON.parse((await http.get(`/git/trees/${id}`)).toString()) as {
    tree: TreeEntry[] | null;
  };
  return entries ?? [];
}

function line({ path, type, size, sha }: TreeEntry, folder: string): TreeLine {
  const full = folder ? `${folder}/${path}` : path;
  if (type === 'tree') return { kind: 'd', size: 0, id: sha, path: full };
  if (type === 'blob') return { kind: 'f', size, id: sha, path: full };
  throw new RefusedError(`src/${full} cannot be installed`);
}

function inside(version: InstalledVersion | undefined, folder: string): TreeLine[] {
  const prefix = folder ? `${folder}/` : '';
  return (version?.lines ?? []).filter(
    ({ path }) => path !== '' && path.startsWith(prefix) && !path.slice(prefix.length).includes('/'),
  );
}

/** Git's id of a folder with these entries, if none of its files is executable: a node cannot know. */
function treeId(lines: readonly TreeLine[], folder: string): string {
  const skip = folder ? folder.length + 1 : 0;
  const entries = lines.map(({ kind, id, path }) =>
    Buffer.concat([
      Buffer.from(`${kind === 'd' ? '40000' : '100644'} ${path.slice(skip)}\0`),
      Buffer.from(id, 'hex'),
    ]),
  );
  return gitId('tree', Buffer.concat(entries));
}

function gitId(kind: 'blob' | 'tree', content: Buffer): string {
  return createHash('sha1').update(`${kind} ${content.length}\0`).update(content).digest('hex');
}
