import { defineStream } from '../framework/command.ts';
import { localFile } from '../framework/local-files.ts';
import { amount, argument } from '../framework/options.ts';
import { printProgramOutput, programOutput, runProgram } from '../framework/program-output.ts';

export const command = defineStream({
  name: 'run',
  about: 'Runs a Python file of this computer on a board, without copying it there.',
  details: 'What ran before is interrupted. Ctrl-C ends the program; the board is then at its prompt.',
  args: { file: argument('a file here', { completes: 'file' }) },
  options: { timeout: amount('give up after so long', { value: 'seconds' }) },
  boards: 'many',
  examples: [['ota run blink.py', 'the program, until its end or Ctrl-C']],
  result: programOutput,

  run: async function* (context) {
    const file = await localFile(context.io.cwd, context.args.file);
    yield* runProgram(context, context.options.timeout, (board, options) => board.run(file, options));
  },

  print: printProgramOutput,
});
