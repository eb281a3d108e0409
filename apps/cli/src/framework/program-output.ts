import { StringDecoder } from 'node:string_decoder';
import type { ExecOptions, MicroPythonDevice } from '@ota/device-fs';
import { z } from 'zod';
import { withBoard } from './board.ts';
import type { BaseContext } from './context.ts';
import { emitted } from './emitted.ts';
import type { View } from './view.ts';

/** What a program on a board prints, piece by piece. */
export const programOutput = z.object({ output: z.string().describe('what the program printed') });
export type ProgramOutput = z.infer<typeof programOutput>;

/**
 * Lets a program run on this command's board and tells what it prints as it comes: whole lines where several boards talk at once.
 * Where it raises, a person sees the traceback before the error.
 */
export function runProgram(
  context: BaseContext,
  timeoutSeconds: number | undefined,
  work: (board: MicroPythonDevice, options: ExecOptions) => Promise<unknown>,
): AsyncIterable<ProgramOutput> {
  return emitted<ProgramOutput>(context.signal, async (emit, signal) => {
    const decoder = new StringDecoder('utf8');
    let held = '';
    const tell = (text: string): void => {
      held = (held + text).replaceAll('\r\n', '\n');
      // A \r may be half of a line's end.
      const whole = held.endsWith('\r') ? held.length - 1 : held.length;
      const end = context.isOneOfMany ? held.lastIndexOf('\n') + 1 : whole;
      if (end > 0) emit({ output: held.slice(0, end) });
      held = held.slice(end);
    };
    const timeoutMs = timeoutSeconds === undefined ? Infinity : timeoutSeconds * 1000;
    await withBoard(context, async (board) => {
      try {
        await work(board, {
          ...{ timeoutMs, signal },
          onOutput: (bytes) => {
            tell(decoder.write(bytes));
          },
        });
      } catch (error) {
        if (!context.isJson && hasTraceback(error)) context.say(error.traceback.trimEnd());
        throw error;
      } finally {
        tell(decoder.end());
        if (held !== '') emit({ output: held });
      }
    });
  });
}

export function printProgramOutput({ output }: ProgramOutput, view: View, context: BaseContext): void {
  if (!context.isOneOfMany) view.write(output);
  else for (const line of output.replace(/\n$/, '').split('\n')) view.line(line);
}

/** A `PythonError` of whichever copy of the package. */
function hasTraceback(error: unknown): error is { traceback: string } {
  return error instanceof Error && 'traceback' in error && typeof error.traceback === 'string';
}
