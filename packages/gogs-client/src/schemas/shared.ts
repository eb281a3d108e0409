import { z } from 'zod';

/** A Git object id. */
export const objectId = z.string().regex(/^[0-9a-f]{40}$/, 'expected 40 hex digits');

/** RFC 3339, as Gogs writes it. Times it does not know are `0001-01-01T00:00:00Z`. */
export const time = z.string();

/** Go writes an empty list as `null` where nobody made one. */
export function list<T extends z.ZodType>(item: T) {
  return z.nullable(z.array(item)).transform((items) => items ?? []);
}
