import { defineStream } from '../framework/command.ts';
import { localDirectory } from '../framework/local-files.ts';
import { argument, optionalArgument, text } from '../framework/options.ts';
import { printProgramOutput, programOutput, runProgram } from '../framework/program-output.ts';

export const command = defineStream({
  name: 'mount',
  about: 'Lets a board import from a directory of this computer while it runs something.',
  details:
    "The directory is the board's /remote, read-only, and the first place that import looks at. Nothing is copied. It ends with the code, or with Ctrl-C.",
  args: {
    directory: argument('a directory here', { completes: 'directory' }),
    module: optionalArgument('the module to import; main if left out'),
  },
  options: { exec: text('code to run in place of importing a module', { value: 'code' }) },
  boards: 'one',
  examples: [
    ['ota mount . main', 'imports main.py of this directory on the board'],
    ["ota mount tests --exec 'import all_tests; all_tests.run()'", 'or runs some code'],
  ],
  result: programOutput,

  run: async function* (context) {
    const directory = await localDirectory(context.io.cwd, context.args.directory);
    const module = context.args.module ?? 'main';
    const code = context.options.exec ?? `__import__(${JSON.stringify(module.replace(/\.py$/, ''))})`;
    yield* runProgram(context, undefined, async (board, options) => {
      const mount = await board.mount(directory, { signal: context.signal });
      try {
        await board.exec(`import sys\nsys.path.insert(0, ${JSON.stringify(mount.mountPoint)})`, options);
        await board.exec(code, options);
      } finally {
        if (!context.signal.aborted) await mount.unmount();
      }
    });
  },

  print: printProgramOutput,
});
