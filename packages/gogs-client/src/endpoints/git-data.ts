import type { z } from 'zod';
import { GogsRefusedPathError } from '../errors.ts';
import { blobId, checkBlob } from '../git/blob-id.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';
import { wireBlob, wireTree } from '../schemas/contents.ts';
import { checkedRef, peeled, route, splitPath } from '../url.ts';
import { exists, explain500 } from './explain.ts';

/** What a folder holds. Gogs' `mode` is wrong for every file, so it is not here: a symlink looks like a file. */
export interface GitTreeEntry {
  /** The name alone. */
  readonly path: string;
  readonly type: 'blob' | 'tree' | 'commit';
  /** In bytes; 0 for a folder. */
  readonly size: number;
  readonly sha: string;
}

/** A blob's bytes. */
export interface GitBlob {
  readonly sha: string;
  readonly size: number;
  readonly content: Buffer;
}

export interface GitTreeOptions extends CallOptions {
  /** A folder in the revision's tree. Default: its root. */
  readonly path?: string;
}

const fullId = /^[0-9a-f]{40}$/;

/** Trees and blobs by their ids; in a client it is `git`. */
export class GitDataApi {
  readonly #http: Http;

  /** @internal */
  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * One level of a tree, by its id or by anything that leads to it: commit, branch, tag.
   *
   * @throws GogsRefusedPathError with reason `not-a-folder` where `path` is a file.
   */
  async tree(
    owner: string,
    repo: string,
    ref: string,
    options: GitTreeOptions = {},
  ): Promise<GitTreeEntry[]> {
    const path = splitPath(options.path ?? '').join('/');
    // Git takes `<revision>:<path>`, and Gogs hands it on: undocumented, and one request in place of one per level.
    const revision = path === '' ? peeled(ref, 'tree') : `${checkedRef(ref)}:${path}`;
    const endpoint = {
      path: route`/repos/${owner}/${repo}/git/trees/${revision}`,
      what:
        path === ''
          ? `tree ${JSON.stringify(ref)}`
          : `folder ${JSON.stringify(path)} in ${JSON.stringify(ref)}`,
      since: '0.12.0',
    };
    const call = (): Promise<z.infer<typeof wireTree>> => this.#http.json(wireTree, endpoint, options);
    const { tree } = await explain500(call, async () => {
      if (path === '' || !(await exists(this.#blobAt(owner, repo, revision, options)))) return undefined;
      return new GogsRefusedPathError('not-a-folder', [path], `${path}: is a file, not a folder`);
    });
    return tree;
  }

  /** A file by its blob id. @throws GogsIntegrityError where the bytes have another id. */
  async blob(owner: string, repo: string, sha: string, options?: CallOptions): Promise<GitBlob> {
    const { content, size } = await this.#blobAt(owner, repo, peeled(sha, 'blob'), options);
    const bytes = Buffer.from(content, 'base64');
    const id = fullId.test(sha) ? sha : blobId(bytes);
    return { sha: id, size, content: checkBlob(bytes, { path: sha, blob: id, size }) };
  }

  #blobAt(
    owner: string,
    repo: string,
    revision: string,
    options?: CallOptions,
  ): Promise<z.infer<typeof wireBlob>> {
    const path = route`/repos/${owner}/${repo}/git/blobs/${revision}`;
    return this.#http.json(wireBlob, { path, what: 'blob', since: '0.13.0' }, options);
  }
}
