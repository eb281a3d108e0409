import { z } from 'zod';
import type { Command } from '../framework/command.ts';

/** What a line of `--json` is: the command's result, of several boards with the port it is of. */
export function outputSchema({ result, boards }: Command): z.ZodType {
  if (boards !== 'many' || !(result instanceof z.ZodObject) || 'port' in result.shape) return result;
  const port = z.string().optional().describe('which board it is of; only where there are several');
  return z.object({ port, ...result.shape });
}

/** What a program finds on stderr where something failed, as the last line, or for each board that failed. */
export const errorSchema = z.object({
  port: z.string().optional().describe('which board it is of; only where there are several'),
  error: z.object({
    code: z.string().describe('stable: USAGE, LINK_NOT_FOUND, GOGS_UNAUTHORIZED, …'),
    message: z.string().describe('what failed and what to do next, on one line'),
    exitCode: z.int().describe('1 failed, 2 usage, 3 device, 4 network'),
  }),
});
