import { z } from 'zod';
import { list, time } from './shared.ts';
import { user } from './user.ts';

const state = z.enum(['open', 'closed']);
/**
 * Whether an issue or milestone is done.
 *
 * @useDeclaredType
 */
export type IssueState = z.infer<typeof state>;

export const label = z.object({
  id: z.int(),
  name: z.string(),
  /** Six hex digits; sent with `#`, answered without. */
  color: z.string(),
});
/**
 * A label.
 *
 * @useDeclaredType
 */
export type Label = z.infer<typeof label>;

export const milestone = z.object({
  id: z.int(),
  title: z.string(),
  description: z.string(),
  state,
  open_issues: z.int(),
  closed_issues: z.int(),
  closed_at: z.nullable(time),
  due_on: z.nullable(time),
});
/**
 * A milestone.
 *
 * @useDeclaredType
 */
export type Milestone = z.infer<typeof milestone>;

export const issue = z.object({
  id: z.int(),
  number: z.int(),
  user,
  title: z.string(),
  body: z.string(),
  labels: list(label),
  milestone: z.nullable(milestone),
  assignee: z.nullable(user),
  state,
  comments: z.int(),
  created_at: time,
  updated_at: time,
  /** Of a pull request: Gogs lists them among the issues. */
  pull_request: z.nullable(z.object({ merged: z.boolean(), merged_at: z.nullable(time) })),
});
/**
 * An issue.
 *
 * @useDeclaredType
 */
export type Issue = z.infer<typeof issue>;

export const comment = z.object({
  id: z.int(),
  html_url: z.string(),
  user,
  body: z.string(),
  created_at: time,
  updated_at: time,
});
/**
 * A comment on an issue.
 *
 * @useDeclaredType
 */
export type Comment = z.infer<typeof comment>;
