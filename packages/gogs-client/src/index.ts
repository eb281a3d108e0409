export { createGogsClient, type GogsClient, type TreeOptions } from './client.ts';
export type { BasicLogin, CallOptions, GogsClientOptions, RetryOptions } from './options.ts';
export * from './errors.ts';
export { blobId } from './git/blob-id.ts';
export { download } from './snapshot/download.ts';
export type { DownloadProgress, DownloadResult, SnapshotDownloadOptions } from './snapshot/download.ts';
export {
  Snapshot,
  type SnapshotEntry,
  type SnapshotFile,
  type SnapshotOptions,
} from './snapshot/snapshot.ts';
export type { WalkOptions } from './snapshot/walk.ts';

export type { AccessTokensApi } from './endpoints/access-tokens.ts';
export type { BranchesApi } from './endpoints/branches.ts';
export type { AddCollaboratorOptions, CollaboratorsApi } from './endpoints/collaborators.ts';
export type { CommitListOptions, CommitsApi } from './endpoints/commits.ts';
export type * from './endpoints/contents.ts';
export type { DeployKeysApi, NewDeployKey } from './endpoints/deploy-keys.ts';
export type { ArchiveApi, DownloadOptions, RawApi, RawOptions } from './endpoints/files.ts';
export type { GitBlob, GitDataApi, GitTreeEntry, GitTreeOptions } from './endpoints/git-data.ts';
export type { HookChange, HookConfig, HookEvent, HooksApi, NewHook } from './endpoints/hooks.ts';
export type { CommentListOptions, IssueCommentsApi } from './endpoints/issue-comments.ts';
export type { IssueLabelsApi } from './endpoints/issue-labels.ts';
export type { IssueChange, IssueListOptions, IssuesApi, NewIssue } from './endpoints/issues.ts';
export type { LabelDetails, LabelsApi } from './endpoints/labels.ts';
export type { MarkdownApi, MarkdownOptions } from './endpoints/markdown.ts';
export type { MilestoneChange, MilestonesApi, NewMilestone } from './endpoints/milestones.ts';
export type { OrganizationDetails, OrganizationsApi } from './endpoints/organizations.ts';
export type * from './endpoints/repositories.ts';
export type { ReleasesApi, TagsApi } from './endpoints/tags.ts';
export type { UsersApi, UserSearchOptions } from './endpoints/users.ts';

export type { Branch, Commit, Tag } from './schemas/commit.ts';
export type { Comment, Issue, IssueState, Label, Milestone } from './schemas/issue.ts';
export type { DeployKey, Hook, Release, Repository } from './schemas/repository.ts';
export type { AccessToken, Collaborator, Organization, Permissions, Team, User } from './schemas/user.ts';
