import { z } from 'zod';
import {
  GogsArgumentError,
  GogsConflictError,
  GogsNotFoundError,
  type GogsError,
  type GogsServerError,
} from '../errors.ts';
import { checkBlob } from '../git/blob-id.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { commit, type Commit } from '../schemas/commit.ts';
import { wireEntry, type WireEntry } from '../schemas/contents.ts';
import { encodePath, peeled, route, splitPath } from '../url.ts';
import type { BranchesApi } from './branches.ts';
import { contextOf, exists, explain500 } from './explain.ts';
import type { RepositoriesApi } from './repositories.ts';
import { webUrls } from './web-urls.ts';

interface EntryBase {
  readonly name: string;
  /** From the root of the repository. */
  readonly path: string;
  /** Git's id of it. */
  readonly sha: string;
  /** In bytes; 0 for folders and submodules. */
  readonly size: number;
  /** Where a browser sees it. Gogs' own is wrong below the root; this one is put right. */
  readonly html_url: string;
  readonly download_url: string;
}

/** A file in a folder. */
export interface FileEntry extends EntryBase {
  readonly type: 'file';
  /** Checked against `sha`. */
  readonly content: Buffer;
}

/** A folder in a folder. */
export interface FolderEntry extends EntryBase {
  readonly type: 'dir';
}

/** A symbolic link in a folder. */
export interface SymlinkEntry extends EntryBase {
  readonly type: 'symlink';
  readonly target: string;
}

/** A submodule in a folder. */
export interface SubmoduleEntry extends EntryBase {
  readonly type: 'submodule';
  readonly submodule_git_url: string;
}

/** What a folder holds; `type` tells which. */
export type ContentsEntry = FileEntry | FolderEntry | SymlinkEntry | SubmoduleEntry;

export interface ContentsOptions extends CallOptions {
  /** Branch, tag, commit id. Default: the repository's default branch. */
  readonly ref?: string;
}

/** A file to commit. */
export interface NewFile {
  readonly message: string;
  /** Text is written as UTF-8. Gogs refuses an empty file. */
  readonly content: string | Uint8Array;
  /** The default branch (the default), or a new one, which then starts there. */
  readonly branch?: string;
}

/** What became of a file that was committed. */
export interface WrittenFile {
  readonly commit: Commit;
  readonly content: ContentsEntry;
}

const answer = z.union([wireEntry, z.array(wireEntry)]);
const written = z.object({ commit, content: wireEntry });

/** Files and folders at a ref; in a client it is `contents`. */
export class ContentsApi {
  readonly #http: Http;
  readonly #branches: BranchesApi;
  readonly #repositories: RepositoriesApi;

  /** @internal */
  constructor(http: Http, branches: BranchesApi, repositories: RepositoriesApi) {
    this.#http = http;
    this.#branches = branches;
    this.#repositories = repositories;
  }

  /** What is at a path: one entry, or those of a folder. A symlink is not followed. */
  async get(
    owner: string,
    repo: string,
    path: string,
    options: ContentsOptions = {},
  ): Promise<ContentsEntry | ContentsEntry[]> {
    const found = await this.#http.json(answer, endpointOf(owner, repo, path, options.ref), options);
    return Array.isArray(found) ? found.map(entryOf) : entryOf(found);
  }

  /** A file with its content. @throws GogsNotFoundError also where the path is no file. */
  async getFile(owner: string, repo: string, path: string, options?: ContentsOptions): Promise<FileEntry> {
    const found = await this.get(owner, repo, path, options);
    if (!Array.isArray(found) && found.type === 'file') return found;
    const kind = Array.isArray(found) ? 'dir' : found.type;
    throw new GogsNotFoundError('absent', `no file ${JSON.stringify(path)}: it is a ${kind}`);
  }

  /**
   * A folder's entries; every file's content comes with them, whatever its size. `contents.getTree` and
   * `git.tree` list without. A submodule that `.gitmodules` does not name makes Gogs fail here.
   *
   * @throws GogsNotFoundError also where the path is no folder.
   */
  async listFolder(
    owner: string,
    repo: string,
    path = '',
    options?: ContentsOptions,
  ): Promise<ContentsEntry[]> {
    const found = await this.get(owner, repo, path, options);
    if (Array.isArray(found)) return found;
    throw new GogsNotFoundError('absent', `no folder ${JSON.stringify(path)}: it is a ${found.type}`);
  }

  /**
   * Writes one file in one commit by the token's user. The last one wins: Gogs has no lock and takes no expected id.
   * There is no endpoint to delete a file.
   *
   * @throws GogsConflictError for a branch that exists and is not the default one (gogs#8189), and for an empty
   * repository (gogs#8396): Gogs cannot do those.
   */
  async putFile(
    owner: string,
    repo: string,
    path: string,
    file: NewFile,
    options?: CallOptions,
  ): Promise<WrittenFile> {
    const { message, branch } = file;
    const content = Buffer.from(file.content).toString('base64');
    const body = { message, content, ...(branch !== undefined && { branch }) };
    const endpoint = { ...endpointOf(owner, repo, path), method: 'PUT', body, since: '0.13.0' } as const;
    const call = (): Promise<z.infer<typeof written>> => this.#http.json(written, endpoint, options);
    const explain = (error: GogsServerError) => this.#explainPut(owner, repo, branch, error, options);
    const answered = await explain500(call, explain);
    return { commit: answered.commit, content: entryOf(answered.content) };
  }

  async #explainPut(
    owner: string,
    repo: string,
    branch: string | undefined,
    error: GogsServerError,
    options?: CallOptions,
  ): Promise<GogsError | undefined> {
    const { empty, default_branch: main } = await this.#repositories.get(owner, repo, options);
    if (empty)
      return new GogsConflictError('Gogs cannot write to an empty repository: push first', contextOf(error));
    if (branch === undefined || branch === main) return undefined;
    if (!(await exists(this.#branches.get(owner, repo, branch, options)))) return undefined;
    const message = `branch "${branch}" exists already, and Gogs writes to new branches and to "${main}" only`;
    return new GogsConflictError(message, contextOf(error));
  }
}

function endpointOf(owner: string, repo: string, path: string, ref?: string): Endpoint {
  if (path.includes('\\')) {
    throw new GogsArgumentError('path', 'has a backslash, which Gogs takes for a slash here: use "raw"');
  }
  const names = splitPath(path);
  return {
    path: `${route`/repos/${owner}/${repo}/contents`}${names.length === 0 ? '' : `/${encodePath(path)}`}`,
    query: { ref: ref === undefined ? undefined : peeled(ref) },
    what: `path ${JSON.stringify(names.join('/'))}${ref === undefined ? '' : ` in ${JSON.stringify(ref)}`}`,
    since: '0.12.0',
  };
}

function entryOf(wire: WireEntry): ContentsEntry {
  const { name, path, sha, size } = wire;
  const common = { name, path, sha, size, ...webUrls(wire) };
  switch (wire.type) {
    case 'dir':
      return { type: wire.type, ...common };
    case 'symlink':
      return { type: wire.type, ...common, target: wire.target };
    case 'submodule':
      return { type: wire.type, ...common, submodule_git_url: wire.submodule_git_url };
    case 'file': {
      // An empty file comes without `content`.
      const content = Buffer.from(wire.content ?? '', 'base64');
      return { type: wire.type, ...common, content: checkBlob(content, { path, blob: sha, size }) };
    }
  }
}
