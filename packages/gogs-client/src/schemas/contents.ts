import { z } from 'zod';
import { objectId } from './shared.ts';

const common = {
  name: z.string(),
  path: z.string(),
  sha: objectId,
  size: z.int(),
  html_url: z.string(),
  download_url: z.string(),
};

/** An entry as it is on the wire. An empty file has no `content` at all. */
export const wireEntry = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('file'),
    ...common,
    encoding: z.literal('base64'),
    content: z.optional(z.string()),
  }),
  z.object({ type: z.literal('dir'), ...common }),
  z.object({ type: z.literal('symlink'), ...common, target: z.string() }),
  z.object({ type: z.literal('submodule'), ...common, submodule_git_url: z.string() }),
]);
export type WireEntry = z.infer<typeof wireEntry>;

export const wireTree = z.object({
  tree: z
    .nullable(
      z.array(
        z.object({
          path: z.string(),
          type: z.enum(['blob', 'tree', 'commit']),
          size: z.int().nonnegative(),
          sha: objectId,
        }),
      ),
    )
    .transform((entries) => entries ?? []),
});

export const wireBlob = z.object({
  content: z.string(),
  encoding: z.literal('base64'),
  size: z.int().nonnegative(),
});
