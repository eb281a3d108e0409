import { z } from 'zod';
import { list, objectId, time } from './shared.ts';
import { user } from './user.ts';

const signature = z.object({ name: z.string(), email: z.string(), date: time });

/** Gogs also sends a `commit.tree`; its id is the commit's (in every version), so it is not here. */
export const commit = z.object({
  sha: objectId,
  html_url: z.string(),
  commit: z.object({
    author: signature,
    committer: signature,
    /** The first line only. */
    message: z.string(),
  }),
  /** The account that has the author's e-mail address. */
  author: z.nullable(user),
  committer: z.nullable(user),
  parents: list(z.object({ sha: objectId })),
});
/**
 * A commit.
 *
 * @useDeclaredType
 */
export type Commit = z.infer<typeof commit>;

const person = z.object({ name: z.string(), email: z.string(), username: z.string() });

export const ref = z.object({
  name: z.string(),
  commit: z.object({
    /** Of an annotated tag the tag object's id: `commits.resolve` gives the commit's. */
    id: objectId,
    /** All of it. */
    message: z.string(),
    author: person,
    committer: person,
    timestamp: time,
  }),
});
/**
 * A branch, and the commit at its end.
 *
 * @useDeclaredType
 */
export type Branch = z.infer<typeof ref>;
/**
 * A tag, and the commit it leads to.
 *
 * @useDeclaredType
 */
export type Tag = z.infer<typeof ref>;
