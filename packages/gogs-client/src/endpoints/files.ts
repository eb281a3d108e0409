import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { GogsRefusedPathError, GogsTooLargeError, type GogsError } from '../errors.ts';
import { blobGuard } from '../git/blob-id.ts';
import { lfsGuard } from '../git/lfs-guard.ts';
import type { Opened } from '../http/exchange.ts';
import type { Guard } from '../http/guarded-stream.ts';
import type { Http } from '../http/http.ts';
import { positive, type CallOptions } from '../options.ts';
import { encodePath, route, splitPath } from '../url.ts';
import type { CommitsApi } from './commits.ts';
import type { ContentsApi } from './contents.ts';
import { explain500 } from './explain.ts';

export interface DownloadOptions extends CallOptions {
  /** The stream ends with an error beyond so many bytes. Default 1 GiB. */
  readonly maxBytes?: number;
}

export interface RawOptions extends DownloadOptions {
  /** What the bytes have to be: the stream ends with an error where they are not. */
  readonly expect?: { readonly blob: string; readonly size: number };
  /** Ends the stream with an error for a Git LFS pointer. Only with `expect`. */
  readonly refuseLfs?: boolean;
}

const fullId = /^[0-9a-f]{40}$/;
const defaultMaxBytes = 1024 ** 3;

/** Files as they are, without JSON around them. */
export class RawApi {
  readonly #http: Http;
  readonly #commits: CommitsApi;
  readonly #contents: ContentsApi;

  /** @internal */
  constructor(http: Http, commits: CommitsApi, contents: ContentsApi) {
    this.#http = http;
    this.#commits = commits;
    this.#contents = contents;
  }

  /**
   * A file's bytes as they come. A `ref` that is no full commit id costs one request more: Gogs itself would take the
   * shortest start of `<ref>/<path>` that is a branch or tag, and knows no short ids.
   *
   * @throws GogsRefusedPathError for a symlink, a submodule and a folder.
   */
  async stream(
    owner: string,
    repo: string,
    ref: string,
    path: string,
    options: RawOptions = {},
  ): Promise<Readable> {
    const names = splitPath(path);
    if (names.length === 0)
      throw new GogsRefusedPathError('not-a-file', [''], 'the root is a folder, not a file');
    const commit = await pinned(this.#commits, owner, repo, ref, options);
    const endpoint = {
      path: `${route`/repos/${owner}/${repo}/raw/${commit}`}/${encodePath(path)}`,
      what: `file ${JSON.stringify(path)} in ${JSON.stringify(ref)}`,
      pageMeansNoRef: true,
    };
    const guards = ({ context }: Opened): Guard[] => [
      limitGuard(options.maxBytes),
      ...(options.expect && options.refuseLfs ? [lfsGuard({ ...options.expect, path }, context)] : []),
      ...(options.expect ? [blobGuard({ ...options.expect, path }, context)] : []),
    ];
    return explain500<Readable>(
      () => this.#http.stream(endpoint, guards, options),
      () => this.#explain(owner, repo, commit, path, options),
    );
  }

  /** A file's bytes at once. Default for `maxBytes`: the client's `maxAnswerBytes`. */
  async get(
    owner: string,
    repo: string,
    ref: string,
    path: string,
    options: RawOptions = {},
  ): Promise<Buffer> {
    const maxBytes = options.maxBytes ?? this.#http.settings.maxAnswerBytes;
    return buffer(await this.stream(owner, repo, ref, path, { ...options, maxBytes }));
  }

  /** Gogs answers 500 to whatever is no file. */
  async #explain(
    owner: string,
    repo: string,
    commit: string,
    path: string,
    options: CallOptions,
  ): Promise<GogsError | undefined> {
    if (path.includes('\\')) return undefined; // `contents` cannot see it
    const found = await this.#contents.get(owner, repo, path, { ...options, ref: commit });
    if (Array.isArray(found)) {
      return new GogsRefusedPathError('not-a-file', [path], `${path}: is a folder, not a file`);
    }
    if (found.type !== 'symlink' && found.type !== 'submodule') return undefined;
    return new GogsRefusedPathError(found.type, [path], `${path}: is a ${found.type}, not a file`);
  }
}

/** A whole repository in one file. */
export class ArchiveApi {
  readonly #http: Http;
  readonly #commits: CommitsApi;

  constructor(http: Http, commits: CommitsApi) {
    this.#http = http;
    this.#commits = commits;
  }

  /**
   * All files of a commit, in a folder named as the repository in lower case. The server keeps it on its disk. Nothing
   * in it can be checked against Git's ids before it is unpacked.
   */
  async stream(
    owner: string,
    repo: string,
    ref: string,
    format: 'zip' | 'tar.gz',
    options: DownloadOptions = {},
  ): Promise<Readable> {
    const commit = await pinned(this.#commits, owner, repo, ref, options);
    const endpoint = {
      path: route`/repos/${owner}/${repo}/archive/${`${commit}.${format}`}`,
      what: `commit ${commit}`,
      pageMeansNoRef: true,
    };
    return this.#http.stream(endpoint, () => [limitGuard(options.maxBytes)], options);
  }
}

function pinned(
  commits: CommitsApi,
  owner: string,
  repo: string,
  ref: string,
  options: CallOptions,
): Promise<string> {
  return fullId.test(ref) ? Promise.resolve(ref) : commits.resolve(owner, repo, ref, options);
}

function limitGuard(maxBytes = defaultMaxBytes): Guard {
  const limit = positive('maxBytes', maxBytes);
  let received = 0;
  return {
    chunk: (chunk) => {
      received += chunk.length;
      if (received > limit) throw new GogsTooLargeError(`the file is longer than ${limit} bytes`, limit);
    },
    end: () => undefined,
  };
}
