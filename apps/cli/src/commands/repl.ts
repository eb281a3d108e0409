import { StringDecoder } from 'node:string_decoder';
import { Writable } from 'node:stream';
import { linkOptions } from '../framework/board.ts';
import { defineStream } from '../framework/command.ts';
import { emitted } from '../framework/emitted.ts';
import { printProgramOutput, programOutput, type ProgramOutput } from '../framework/program-output.ts';

export const command = defineStream({
  name: 'repl',
  about: "Opens a board's console: what you type goes there, Ctrl-C and Ctrl-D too. Ctrl-] leaves.",
  details:
    'A reset shows, and ends nothing; a cable that is pulled is waited for. What is piped in is typed, and the end of it leaves.',
  boards: 'one',
  examples: [['ota repl', 'the prompt, or what the program on the board says']],
  result: programOutput,

  run: (context) =>
    emitted<ProgramOutput>(context.signal, async (emit, signal) => {
      const options = await linkOptions(context);
      const { runRepl } = await import('@ota/device-fs');
      const { stdin } = context.io;
      const isTerminal = stdin.isTTY === true;
      const decoder = new StringDecoder('utf8');
      const output = new Writable({
        write: (bytes: Buffer, _encoding, done) => {
          const text = decoder.write(bytes);
          if (text !== '') emit({ output: text });
          done();
        },
      });
      if (isTerminal) {
        context.say(`connected to ${context.port}; Ctrl-] leaves`);
        stdin.setRawMode?.(true);
      }
      try {
        await runRepl(context.port, { ...options, signal, input: stdin, output });
      } finally {
        if (isTerminal) stdin.setRawMode?.(false);
        // Or the process would wait for more to be typed.
        stdin.pause();
      }
      if (isTerminal) context.say('');
    }),

  print: printProgramOutput,
});
