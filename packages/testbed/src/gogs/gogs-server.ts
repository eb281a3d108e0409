/** What a repository's collaborator may do; the owner and site admins may do everything. */
export type Access = 'read' | 'write' | 'admin';

/** A user to make. */
export interface NewUser {
  readonly name: string;
  readonly password: string;
  /** Default: `<name>@example.test`. */
  readonly email?: string;
  /** A site admin's tokens open every repository. Default false. */
  readonly admin?: boolean;
}

/** A repository to make. */
export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  /** Default false. */
  readonly private?: boolean;
  readonly description?: string;
}

/** One entry of a tree: text (as UTF-8), bytes, or one of Git's special kinds. */
export type TreeFile =
  | string
  | Uint8Array
  | { readonly executable: string | Uint8Array }
  | { readonly symlink: string }
  | { readonly submodule: string };

/** A commit to be made. Paths are relative, with `/`. */
export interface Change {
  /** Created if it is missing. Default `main`. */
  readonly branch?: string;
  /** Where a missing branch starts: any revision. Default: a new root without parents. */
  readonly from?: string;
  readonly message?: string;
  readonly files?: Readonly<Record<string, TreeFile>>;
  readonly remove?: readonly string[];
  readonly author?: { readonly name: string; readonly email: string };
  /** Author and committer time, kept to the second. Default: now. */
  readonly date?: Date;
}

/** An annotated tag to make. */
export interface NewTag {
  readonly name: string;
  /** Any revision. Default `main`. */
  readonly target?: string;
  /** With a message the tag is an annotated one. */
  readonly message?: string;
  /** Of an annotated tag. Default: now. */
  readonly date?: Date;
}

/** A release; the API can list them only, so a site's administration makes them. */
export interface NewRelease {
  /** Created on the target where it is missing, unless the release is a draft. */
  readonly tag: string;
  readonly title: string;
  /** A branch. Default `main`. */
  readonly target?: string;
  readonly body?: string;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
}

/** What was asked of the server, in order of arrival. The Authorization header is never kept. */
export interface RequestRecord {
  readonly method: string;
  /** As sent: encoded, with its query. */
  readonly path: string;
  /** Unknown while the answer is not complete, and for an answer that never was one. */
  readonly status?: number;
  /** Bytes of body handed to the socket. Only the stand-in can tell. */
  readonly bodyBytes?: number;
  /** The injected fault this request met. */
  readonly fault?: string;
}

/**
 * A Gogs with its site administration, as tests and demos need it: they can't tell a {@link GogsStandIn} from a
 * {@link RealGogs}. Owner and repository names are case-insensitive, as in Gogs.
 */
export interface GogsServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly baseUrl: string;
  /** Kept by a real Gogs a moment after the answer, since it is read from its log. */
  readonly requests: readonly RequestRecord[];
  /** Forgets what was asked so far. */
  clearRequests(): void;
  /** Makes a user who can log in. */
  createUser(user: NewUser): Promise<void>;
  /** @returns 40 hex digits. */
  createToken(user: string, password: string, name: string): Promise<string>;
  /** Makes an empty repository. */
  createRepository(repository: NewRepository): Promise<void>;
  /** Gives a user access to a repository. */
  addCollaborator(owner: string, repository: string, user: string, access: Access): Promise<void>;
  /**
   * Makes one commit on a branch of the server's repository.
   *
   * @returns the commit id.
   * @throws GitFailedError when Git refuses a path, a name or the push.
   */
  commitFiles(owner: string, repository: string, change: Change): Promise<string>;
  /** @returns the id the tag's ref holds: the tag object's for an annotated tag, else the commit's. */
  createTag(owner: string, repository: string, tag: NewTag): Promise<string>;
  /** Makes a release, and its tag where there is none. */
  createRelease(owner: string, repository: string, release: NewRelease): Promise<void>;
  /** Pushes refspecs of a Git folder on this machine, over whatever the server has: a history may be rewritten. */
  push(owner: string, repository: string, gitFolder: string, refspecs: readonly string[]): Promise<void>;
  /** Stops answering, ends every process and removes every file. May be called twice. */
  close(): Promise<void>;
}
