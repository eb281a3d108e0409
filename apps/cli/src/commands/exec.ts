import { defineStream } from '../framework/command.ts';
import { amount, argument } from '../framework/options.ts';
import { printProgramOutput, programOutput, runProgram } from '../framework/program-output.ts';

export const command = defineStream({
  name: 'exec',
  about: 'Runs Python code on a board and prints what it prints.',
  details: 'What ran before is interrupted. Ctrl-C ends the code; the board is then at its prompt.',
  args: { code: argument('the code') },
  options: { timeout: amount('give up after so long', { value: 'seconds' }) },
  boards: 'many',
  examples: [["ota exec 'import os; print(os.uname())'", 'one line of Python']],
  result: programOutput,

  run: (context) => {
    const code = context.args.code;
    return runProgram(context, context.options.timeout, (board, options) => board.exec(code, options));
  },

  print: printProgramOutput,
});
