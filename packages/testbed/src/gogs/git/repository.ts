import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitFailedError } from '../errors.ts';
import type { Change, NewTag } from '../gogs-server.ts';
import { CatFile, type GitObject } from './cat-file.ts';
import { commitIdOf, commitInto } from './fast-import.ts';
import { parseCommit, parseTree, type Commit, type TreeEntry } from './objects.ts';
import { runGit } from './run-git.ts';

export interface Ref {
  /** Without `refs/heads/` or `refs/tags/`. */
  readonly name: string;
  readonly id: string;
}

const fullId = /^[0-9a-f]{40}$/;

/** A bare repository, read the way Gogs reads it: see the notes on `resolve` and `commit`. */
export class Repository {
  readonly folder: string;
  readonly #contents: CatFile;
  readonly #sizes: CatFile;
  /** What Git said of the refs since they were last written. */
  readonly #knownRefs = new Map<string, Promise<Ref[]>>();
  /** By commit and path: it stays as it is. */
  readonly #knownChanges = new Map<string, Promise<Commit | undefined>>();
  #writing: Promise<unknown> = Promise.resolve();
  #writers = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.#contents = new CatFile(folder, 'content');
    this.#sizes = new CatFile(folder, 'size');
  }

  /** Makes an empty repository whose HEAD is `main`. */
  static async create(folder: string): Promise<Repository> {
    await mkdir(folder, { recursive: true });
    await runGit(['init', '--quiet', '--bare', '--template='], { cwd: folder });
    await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/main\n');
    return new Repository(folder);
  }

  async close(): Promise<void> {
    await Promise.all([this.#contents.close(), this.#sizes.close()]);
  }

  /**
   * What `git rev-parse` says of a revision, run as Gogs runs it. A full id is echoed whether it exists or not, and
   * so is the name of a file in the repository's folder.
   *
   * @returns `undefined` where rev-parse knows nothing of that name.
   */
  async resolve(revision: string): Promise<string | undefined> {
    const lower = revision.toLowerCase();
    if (fullId.test(lower)) return lower;
    // Asked for often; what rev-parse would find is known without a process.
    const [, object, type] = /^([0-9a-f]{40})\^\{(commit|tree)\}$/.exec(revision) ?? [];
    if (object !== undefined) return (await this.#peel(object, type as 'commit' | 'tree'))?.id;
    // Echoed, or not even run, and then no object in either case: an option and a NUL byte.
    if (revision.startsWith('-') || revision.includes('\0')) return revision;
    try {
      return (await runGit(['rev-parse', revision], { cwd: this.folder })).toString('utf8').trim();
    } catch (error) {
      if (error instanceof GitFailedError && error.exitCode === 128) return undefined;
      throw error;
    }
  }

  async object(id: string): Promise<GitObject | undefined> {
    return fullId.test(id) ? this.#contents.read(id) : undefined;
  }

  /** Of anything that has a size: for a missing object 0, as in Gogs. */
  async size(id: string): Promise<number> {
    return (await this.#sizes.read(id))?.size ?? 0;
  }

  /** The commit under an id, through tags. It keeps the id it was asked for, as in Gogs. */
  async commit(id: string): Promise<Commit | undefined> {
    const object = await this.#peel(id, 'commit');
    return object && parseCommit(id, object.content);
  }

  /** The entries of a tree, or of the tree of a commit or tag. */
  async tree(id: string): Promise<TreeEntry[] | undefined> {
    const object = await this.#peel(id, 'tree');
    return object && parseTree(object.content);
  }

  /** `broken` where the path goes on below something that is no folder. */
  async entry(tree: string, path: string): Promise<TreeEntry | 'absent' | 'broken'> {
    let entry: TreeEntry = { mode: '040000', type: 'tree', name: '', id: tree };
    if (path === '') return entry;
    for (const name of path.split('/')) {
      const entries = await this.tree(entry.id);
      if (!entries) return 'broken';
      const next = entries.find((each) => each.name === name);
      if (!next) return 'absent';
      entry = next;
    }
    return entry;
  }

  async branches(): Promise<Ref[]> {
    return this.#refs(['--sort=refname', 'refs/heads']);
  }

  /** Newest first by date of the tag or, for a lightweight one, of its commit. */
  async tags(): Promise<Ref[]> {
    return this.#refs(['--sort=-creatordate', 'refs/tags']);
  }

  /** Both at once: a process less for those who need to know all. */
  async branchesAndTags(): Promise<{ readonly branches: readonly Ref[]; readonly tags: readonly Ref[] }> {
    const all = await this.#refs(['refs/heads', 'refs/tags'], '%(refname)');
    const below = (prefix: string): Ref[] =>
      all
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, id }) => ({ name: name.slice(prefix.length), id }));
    return { branches: below('refs/heads/'), tags: below('refs/tags/') };
  }

  /** What a full ref name holds: for an annotated tag the tag object. */
  async ref(fullName: string): Promise<string | undefined> {
    const found = await this.#refs([fullName], '%(refname)');
    return found.find(({ name }) => name === fullName)?.id;
  }

  /** Commit ids from HEAD backwards. @throws GitFailedError where HEAD's branch has no commit. */
  async history(maximum: number): Promise<string[]> {
    const args = ['rev-list', `--max-count=${maximum}`, 'HEAD'];
    return lines(await runGit(args, { cwd: this.folder }));
  }

  /** The last commit that touched a path. */
  lastChange(commitId: string, path: string): Promise<Commit | undefined> {
    return remember(this.#knownChanges, `${commitId} ${path}`, () => this.#lastChange(commitId, path));
  }

  async #lastChange(commitId: string, path: string): Promise<Commit | undefined> {
    // Mostly it is that very commit, which can be seen without a process.
    const commit = await this.commit(commitId);
    if (commit && commit.parents.length < 2 && (await this.#changes(commit, path))) return commit;
    const args = ['rev-list', '--max-count=1', commitId, '--', `:(literal)${path}`];
    const [id] = lines(await runGit(args, { cwd: this.folder }));
    return id === undefined ? undefined : this.commit(id);
  }

  /** Whether the path is there, and not as it was before. */
  async #changes({ tree, parents: [before] }: Commit, path: string): Promise<boolean> {
    const now = await this.entry(tree, path);
    if (typeof now === 'string') return false;
    const then = before === undefined ? 'absent' : await this.entry(before, path);
    return typeof then === 'string' || then.id !== now.id || then.mode !== now.mode;
  }

  archive(id: string, format: 'zip' | 'tar.gz', prefix: string): Promise<Buffer> {
    return runGit(['archive', `--prefix=${prefix}/`, `--format=${format}`, id], { cwd: this.folder });
  }

  async bytesOnDisk(): Promise<number> {
    const report = (await runGit(['count-objects', '-v'], { cwd: this.folder })).toString('latin1');
    const kilobytes = [...report.matchAll(/^size(?:-pack)?: (\d+)$/gm)].map(([, digits]) => Number(digits));
    return 1024 * kilobytes.reduce((sum, each) => sum + each, 0);
  }

  /** Makes a commit. Writers wait for each other. */
  commitFiles(change: Change): Promise<string> {
    return this.exclusively(() => commitInto(this.folder, change));
  }

  /** @returns what the tag's ref holds. */
  createTag(tag: NewTag): Promise<string> {
    return this.exclusively(async () => {
      const target = await commitIdOf(this.folder, tag.target ?? 'main');
      if (!target) throw new GitFailedError('tag', 128, `"${tag.target ?? 'main'}" names no commit to tag`);
      const message = tag.message === undefined ? [] : ['-a', '-m', tag.message];
      const env = { GIT_COMMITTER_DATE: (tag.date ?? new Date()).toISOString() };
      await runGit(['tag', ...message, tag.name, target], { cwd: this.folder, env });
      const id = await this.ref(`refs/tags/${tag.name}`);
      if (!id) throw new GitFailedError('tag', 0, `made no tag "${tag.name}"`);
      return id;
    });
  }

  /** Lets a branch start at, or move to, a commit. */
  async setBranch(name: string, id: string): Promise<void> {
    await this.exclusively(() => runGit(['update-ref', `refs/heads/${name}`, id], { cwd: this.folder }));
  }

  /** Makes branches and tags those of a repository elsewhere. @throws GitFailedError where that cannot be read. */
  async fetchAll(url: string): Promise<void> {
    const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
    const fetch = ['fetch', '--quiet', '--prune', '--', url, ...refspecs];
    await this.exclusively(() => runGit(fetch, { cwd: this.folder }));
  }

  /** Runs one change of the repository after the other. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#writers++;
    const turn = this.#writing.then(work, work).finally(() => {
      this.#writers--;
      this.#knownRefs.clear();
    });
    this.#writing = turn;
    return turn;
  }

  #refs(args: readonly string[], name = '%(refname:lstrip=2)'): Promise<Ref[]> {
    const words = ['for-each-ref', `--format=%(objectname) ${name}`, ...args];
    const ask = async (): Promise<Ref[]> =>
      lines(await runGit(words, { cwd: this.folder })).map((line) => ({
        id: line.slice(0, 40),
        name: line.slice(41),
      }));
    return this.#writers > 0 ? ask() : remember(this.#knownRefs, words.join('\n'), ask);
  }

  /** Follows tags to a commit and, where a tree is wanted, the commit to its tree. */
  async #peel(id: string, wanted: 'commit' | 'tree'): Promise<GitObject | undefined> {
    const object = await this.object(id);
    if (!object || object.type === wanted) return object;
    const header = object.content.toString('latin1', 0, 48);
    const next = /^(?:object|tree) ([0-9a-f]{40})/.exec(header)?.[1];
    const leadsOn = object.type === 'tag' || (object.type === 'commit' && wanted === 'tree');
    return next !== undefined && leadsOn ? this.#peel(next, wanted) : undefined;
  }
}

/** Asks once for each key, and again where that failed. */
function remember<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  if (found) return found;
  const asked = ask();
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}

function lines(output: Buffer): string[] {
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}
