import { z } from 'zod';
import { time } from './shared.ts';
import { permissions, user } from './user.ts';

export const repository = z.object({
  id: z.int(),
  owner: user,
  name: z.string(),
  full_name: z.string(),
  description: z.string(),
  private: z.boolean(),
  fork: z.boolean(),
  parent: z.nullish(z.object({ id: z.int(), full_name: z.string() })),
  /** No commit yet. In the answer to a creation it is always `false`. */
  empty: z.boolean(),
  mirror: z.boolean(),
  /** In bytes, on the server's disk. */
  size: z.int(),
  html_url: z.string(),
  ssh_url: z.string(),
  clone_url: z.string(),
  website: z.string(),
  stars_count: z.int(),
  forks_count: z.int(),
  watchers_count: z.int(),
  open_issues_count: z.int(),
  /** Empty in the answer to a creation. */
  default_branch: z.string(),
  created_at: time,
  /** Moves with every push: a cheap way to ask whether anything changed. */
  updated_at: time,
  /** What the caller may do. Search does not tell. */
  permissions: z.optional(permissions),
});
/**
 * A repository.
 *
 * @useDeclaredType
 */
export type Repository = z.infer<typeof repository>;

export const foundRepositories = z.object({ ok: z.literal(true), data: z.array(repository) });

export const release = z.object({
  id: z.int(),
  tag_name: z.string(),
  target_commitish: z.string(),
  name: z.string(),
  body: z.string(),
  draft: z.boolean(),
  prerelease: z.boolean(),
  author: user,
  created_at: time,
});
/**
 * A release.
 *
 * @useDeclaredType
 */
export type Release = z.infer<typeof release>;

export const deployKey = z.object({
  id: z.int(),
  key: z.string(),
  title: z.string(),
  created_at: time,
  /** Always `true`. */
  read_only: z.boolean(),
});
/**
 * A key that may read one repository.
 *
 * @useDeclaredType
 */
export type DeployKey = z.infer<typeof deployKey>;

export const hook = z.object({
  id: z.int(),
  type: z.string(),
  /** `url`, `content_type` and what the type needs. The secret is not told. */
  config: z.record(z.string(), z.string()),
  events: z.array(z.string()),
  active: z.boolean(),
  updated_at: time,
  created_at: time,
});
/**
 * A webhook.
 *
 * @useDeclaredType
 */
export type Hook = z.infer<typeof hook>;
