import type { Readable } from 'node:stream';
import type { CommitsApi } from '../endpoints/commits.ts';
import type { GitDataApi } from '../endpoints/git-data.ts';
import { positive, type CallOptions } from '../options.ts';
import { checkedRef, splitPath } from '../url.ts';
import { openFile, type FileSources } from './open-file.ts';
import { ReadAhead } from './read-ahead.ts';
import { checkEntries } from './refuse.ts';
import { walk, type Root, type WalkOptions } from './walk.ts';

/** Which folder, and how many requests at a time. */
export interface SnapshotOptions extends WalkOptions {
  /** The folder to take. Default: the whole repository. */
  readonly path?: string;
  /** Requests at a time, of folders and later of files. Default 4. */
  readonly concurrency?: number;
}

/** A file of a snapshot, known but not fetched. */
export interface SnapshotEntry {
  /** Relative to the snapshot's folder. */
  readonly path: string;
  /** Git's id of the content. */
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
}

/** A file of a snapshot, with its content as it comes. */
export interface SnapshotFile extends SnapshotEntry {
  /** To be read before the next file is asked for. It ends well only if the bytes hash to `blob`. */
  readonly stream: Readable;
}

export interface SnapshotParts {
  readonly root: Root;
  readonly ref: string;
  readonly files: readonly SnapshotEntry[];
  readonly sources: FileSources;
  readonly options: SnapshotOptions;
}

/**
 * The files of one folder at one commit, whatever is pushed meanwhile. Iterating fetches them, a few ahead of the
 * reader, and may be done again.
 */
export class Snapshot implements AsyncIterable<SnapshotFile> {
  readonly owner: string;
  readonly repo: string;
  /** As it was asked for. */
  readonly ref: string;
  /** The id that `ref` led to. */
  readonly commit: string;
  /** The folder in the repository; empty for the root. */
  readonly path: string;
  /** In order of their paths. */
  readonly files: readonly SnapshotEntry[];
  readonly concurrency: number;
  readonly #sources: FileSources;
  readonly #root: Root;
  readonly #callOptions: CallOptions;

  /** @internal */
  constructor({ root, ref, files, sources, options }: SnapshotParts) {
    const { signal, timeoutMs } = options;
    this.owner = root.owner;
    this.repo = root.repo;
    this.ref = ref;
    this.commit = root.commit;
    this.path = root.path;
    this.files = files;
    this.concurrency = options.concurrency ?? 4;
    this.#sources = sources;
    this.#root = root;
    this.#callOptions = { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
  }

  /**
   * Fetches one file. A small one is here, and checked, when this settles; a large one is checked as it streams.
   *
   * @throws GogsRefusedPathError for a symlink: Gogs tells it from a file only now. GogsIntegrityError, here or at the
   * end of the stream, where the bytes are not the blob or are a Git LFS pointer.
   */
  open(file: SnapshotEntry, options: CallOptions = {}): Promise<Readable> {
    const path = this.path === '' ? file.path : `${this.path}/${file.path}`;
    return openFile(this.#sources, this.#root, { ...file, path }, { ...this.#callOptions, ...options });
  }

  /** All files in order, each verified while it is read; a few are fetched ahead. */
  async *[Symbol.asyncIterator](): AsyncGenerator<SnapshotFile, void, undefined> {
    const stop = new AbortController();
    const { signal: outer } = this.#callOptions;
    const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
    const ahead = new ReadAhead(this.files, this.concurrency, (file) => this.open(file, { signal }));
    try {
      for (let taken; (taken = ahead.take()) !== undefined;) {
        const stream = await taken.stream;
        yield { ...taken.file, stream };
        stream.on('error', () => undefined).destroy(); // what was not read is not wanted
        ahead.done(taken);
      }
    } finally {
      stop.abort();
      ahead.close();
    }
  }
}

/** Resolves the ref, lists the folder, and refuses what cannot be put on any disk before a file is fetched. */
export async function takeSnapshot(
  apis: FileSources & { readonly commits: CommitsApi; readonly git: GitDataApi },
  owner: string,
  repo: string,
  ref: string,
  options: SnapshotOptions = {},
): Promise<Snapshot> {
  positive('concurrency', options.concurrency ?? 1);
  const path = splitPath(options.path ?? '').join('/');
  const commit = await apis.commits.resolve(owner, repo, checkedRef(ref), options);
  const root = { owner, repo, commit, path };
  const entries = await walk(apis.git, root, options);
  checkEntries(entries, path);
  const files = entries
    .filter(({ type }) => type === 'blob')
    .map((entry) => ({ path: entry.path, blob: entry.sha, size: entry.size }));
  return new Snapshot({ root, ref, files, sources: apis, options });
}
