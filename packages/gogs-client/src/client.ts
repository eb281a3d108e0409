import { AccessTokensApi } from './endpoints/access-tokens.ts';
import { BranchesApi } from './endpoints/branches.ts';
import { CollaboratorsApi } from './endpoints/collaborators.ts';
import { CommitsApi } from './endpoints/commits.ts';
import { ContentsApi } from './endpoints/contents.ts';
import { DeployKeysApi } from './endpoints/deploy-keys.ts';
import { ArchiveApi, RawApi } from './endpoints/files.ts';
import { GitDataApi, type GitTreeEntry } from './endpoints/git-data.ts';
import { HooksApi } from './endpoints/hooks.ts';
import { IssuesApi } from './endpoints/issues.ts';
import { LabelsApi } from './endpoints/labels.ts';
import { MarkdownApi } from './endpoints/markdown.ts';
import { MilestonesApi } from './endpoints/milestones.ts';
import { OrganizationsApi } from './endpoints/organizations.ts';
import { RepositoriesApi } from './endpoints/repositories.ts';
import { ReleasesApi, TagsApi } from './endpoints/tags.ts';
import { UsersApi } from './endpoints/users.ts';
import { createHttp } from './http/http.ts';
import { readOptions, type GogsClientOptions } from './options.ts';
import { takeSnapshot, type Snapshot, type SnapshotOptions } from './snapshot/snapshot.ts';
import { walk, type WalkOptions } from './snapshot/walk.ts';
import { splitPath } from './url.ts';

export interface TreeOptions extends WalkOptions {
  /** A folder. Default: the root. */
  readonly path?: string;
}

/** One group of endpoints per property. Holds no connection of its own: there is nothing to close. */
export interface GogsClient {
  readonly accessTokens: AccessTokensApi;
  readonly archive: ArchiveApi;
  readonly branches: BranchesApi;
  readonly collaborators: CollaboratorsApi;
  readonly commits: CommitsApi;
  readonly contents: ContentsApi;
  readonly deployKeys: DeployKeysApi;
  readonly git: GitDataApi;
  readonly hooks: HooksApi;
  readonly issues: IssuesApi;
  readonly labels: LabelsApi;
  readonly markdown: MarkdownApi;
  readonly milestones: MilestonesApi;
  readonly organizations: OrganizationsApi;
  readonly raw: RawApi;
  readonly releases: ReleasesApi;
  readonly repositories: RepositoriesApi;
  readonly tags: TagsApi;
  readonly users: UsersApi;

  /** Everything below a folder at a ref, without contents; paths are relative to the folder. One request per folder. */
  tree(owner: string, repo: string, ref: string, options?: TreeOptions): Promise<GitTreeEntry[]>;

  /**
   * Pins a ref to its commit and lists a folder, to be iterated or handed to `download`.
   *
   * @throws GogsRefusedPathError naming paths that would leave the directory, collide on a case-insensitive disk, or
   * are submodules. Symlinks are refused when their turn to be fetched comes. Any other GogsError of the requests.
   * @example
   * const snapshot = await gogs.snapshot('ann', 'lamp', 'v1', { path: 'src' });
   * for (const { path, size } of snapshot.files) console.log(path, size);
   */
  snapshot(owner: string, repo: string, ref: string, options?: SnapshotOptions): Promise<Snapshot>;
}

/**
 * A client for one Gogs site.
 *
 * @example
 * const gogs = createGogsClient({ baseUrl: 'https://git.example.test', token });
 * const { content } = await gogs.contents.getFile('ann', 'lamp', 'src/main.py');
 *
 * @throws GogsArgumentError naming an option that is wrong.
 */
export function createGogsClient(options: GogsClientOptions): GogsClient {
  const http = createHttp(readOptions(options));
  const repositories = new RepositoriesApi(http);
  const branches = new BranchesApi(http, repositories);
  const commits = new CommitsApi(http, repositories);
  const contents = new ContentsApi(http, branches, repositories);
  const git = new GitDataApi(http);
  const raw = new RawApi(http, commits, contents);
  return {
    accessTokens: new AccessTokensApi(http),
    archive: new ArchiveApi(http, commits),
    branches,
    collaborators: new CollaboratorsApi(http),
    commits,
    contents,
    deployKeys: new DeployKeysApi(http),
    git,
    hooks: new HooksApi(http),
    issues: new IssuesApi(http),
    labels: new LabelsApi(http),
    markdown: new MarkdownApi(http),
    milestones: new MilestonesApi(http),
    organizations: new OrganizationsApi(http),
    raw,
    releases: new ReleasesApi(http),
    repositories,
    tags: new TagsApi(http),
    users: new UsersApi(http),
    tree: async (owner, repo, ref, treeOptions = {}) => {
      const path = splitPath(treeOptions.path ?? '').join('/');
      const commit = await commits.resolve(owner, repo, ref, treeOptions);
      return walk(git, { owner, repo, commit, path }, treeOptions);
    },
    snapshot: (owner, repo, ref, snapshotOptions) =>
      takeSnapshot({ http, commits, contents, git, raw }, owner, repo, ref, snapshotOptions),
  };
}
