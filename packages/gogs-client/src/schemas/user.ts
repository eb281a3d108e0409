import { z } from 'zod';

export const user = z.object({
  id: z.int(),
  username: z.string(),
  full_name: z.string(),
  /** Empty for callers who are not signed in. */
  email: z.string(),
  avatar_url: z.string(),
});
/**
 * A user.
 *
 * @useDeclaredType
 */
export type User = z.infer<typeof user>;

/** Search answers have no e-mail address for strangers. */
export const foundUsers = z.object({ ok: z.literal(true), data: z.array(user) });

export const organization = z.object({
  id: z.int(),
  username: z.string(),
  full_name: z.string(),
  avatar_url: z.string(),
  description: z.string(),
  website: z.string(),
  location: z.string(),
});
/**
 * An organisation.
 *
 * @useDeclaredType
 */
export type Organization = z.infer<typeof organization>;

export const team = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string(),
  permission: z.string(),
});
/**
 * A team of an organisation.
 *
 * @useDeclaredType
 */
export type Team = z.infer<typeof team>;

export const permissions = z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() });
/**
 * What somebody may do.
 *
 * @useDeclaredType
 */
export type Permissions = z.infer<typeof permissions>;

export const collaborator = z.object({ ...user.shape, permissions });
/**
 * A user with access to a repository.
 *
 * @useDeclaredType
 */
export type Collaborator = z.infer<typeof collaborator>;

/** The value is in the answer that made it, and never again. */
export const newToken = z.object({ name: z.string(), sha1: z.string().regex(/^[0-9a-f]{40}$/) });
export const tokenName = z.object({ name: z.string() });
/**
 * An access token; its text is known only when it is made.
 *
 * @useDeclaredType
 */
export type AccessToken = z.infer<typeof newToken>;
